using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A beach: each wave rolls in, breaks white, runs up the sand and draws back, and the noise swells and sinks with it.</summary>
internal sealed class SurfScene : Scene
{
    private const double Approach = 1.1;
    private static readonly Envelope Break = new(0.05, 0.17);
    private static readonly Envelope Swell = new(0.05, 0.2);
    private static readonly Envelope Run = new(0.1, 0.38);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly double _width;
    private readonly double _horizon;
    private readonly double _shore;
    private readonly double _reach;
    private readonly double _ripple;
    private readonly double _slant;
    private readonly SKColor _sky;
    private readonly SKColor _haze;
    private readonly SKColor _sea;
    private readonly SKColor _sand;
    private readonly SKColor _sun;
    private readonly double _sunX;
    private readonly bool _low;
    private readonly int _foreground;
    private readonly double _side;
    private readonly SKPoint[] _cape;
    private readonly (double X, double Y, double Size)[] _clouds;
    private readonly double[] _billows;
    private readonly double _brightness;

    internal SurfScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        _events = timeline.Schedule(random, 0.5, random.Uniform(0.8, 1.2));
        _horizon = random.Uniform(0.22, 0.34);
        _shore = random.Uniform(0.54, 0.62);
        _reach = random.Uniform(0.2, 0.3);
        _ripple = random.Uniform(0, 6);
        _slant = random.Uniform(-0.14, 0.14);
        _low = random.Chance(0.45);
        var day = random.Uniform();
        (_sky, _haze, _sun) = _low
            ? (Colours.Hsv(0.62 + 0.2 * day, 0.5, 0.5), Colours.Hsv(0.02 + 0.08 * day, 0.62, 0.98), Colours.Hsv(0.12, 0.35, 1))
            : (Colours.Hsv(0.56 + 0.04 * day, 0.65, 0.85), Colours.Hsv(0.53, 0.2, 0.97), Colours.Hsv(0.15, 0.12, 1));
        _sea = _low
            ? Colours.Hsv(random.Uniform(0.55, 0.7), random.Uniform(0.5, 0.75), 0.4)
            : Colours.Hsv(random.Uniform(0.47, 0.59), random.Uniform(0.7, 0.92), random.Uniform(0.5, 0.66));
        _sand = Colours.Hsv(random.Uniform(0.07, 0.125), random.Uniform(0.32, 0.52), _low ? 0.6 : 0.86);
        _sunX = width * random.Uniform(0.18, 0.82);
        _foreground = random.Integer(4);
        _side = random.Sign();
        var rough = random.Uniform(3, 6);
        _cape = Landscape.Outline(width, 16, x =>
        {
            var inland = (_side > 0 ? x : width - x) / width - 0.55;
            return inland <= 0 ? _horizon + 0.01 : _horizon - Math.Min(0.12, 0.4 * inland) + 0.02 * Math.Sin(_ripple + rough * 3 * x);
        });
        _clouds = [.. Enumerable.Range(0, 3).Select(i =>
            (width * (i + random.Uniform(0, 1)) / 3, random.Uniform(0.02, 0.14), random.Uniform(0.1, 0.2)))];
        _billows = [.. Enumerable.Range(0, 7).Select(_ => random.Uniform(0.8, 1.3))];
        _brightness = random.Uniform(700, 1500);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var (foam, run) = (Break.Shown(_events, start, end), Run.Shown(_events, start, end));
        DrawSky(stage, now);
        var edge = _shore + _reach * run;
        stage.Ground((float)(_shore - 0.08), _sand.Towards(_sea, 0.25), _sand);
        // Wet sand mirrors the sky.
        stage.Shape(_sand.Towards(_haze, 0.25).Towards(SKColors.Black, 0.3), Water(_shore + 0.06 + _reach * Math.Max(run, 0.6), now * 0.3));
        stage.Shape(SKColors.White, Water(edge + 0.035 + 0.045 * foam, now));
        stage.Shape(_sea.Towards(_haze, 0.35), _sea.Towards(SKColors.White, 0.3 + 0.2 * foam), _horizon, edge, Water(edge, now));
        stage.Shape(_sea.Towards(_haze, 0.12), Water(_horizon + (edge - _horizon) * 0.6, now + 2));
        stage.Glow(_sunX, _horizon + 0.02, 0.1, _sun, _low ? 0.7 : 0.16, 2.6);
        foreach (var wave in _events) DrawRoller(stage, now - wave.Time, now);
        if (foam > 0.02) DrawBreaker(stage, edge - 0.1, foam, now);
        stage.Layer(1.3);
        DrawForeground(stage, now);
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.03, 100, _brightness);
        foreach (var (time, strength) in _events) track.Noise(time, Swell, 0.5 * strength, 90, _brightness);
    }

    private void DrawSky(Stage stage, double now)
    {
        stage.Sky(_sky, _haze, 0, (float)_horizon);
        stage.Layer(0.2);
        var sunY = _horizon * (_low ? 0.78 : 0.42);
        stage.Glow(_sunX, sunY, 0.26, _sun, _low ? 0.45 : 0.25);
        stage.Disc(_sunX, sunY, 0.065, _sun);
        foreach (var (x, y, size) in _clouds)
            stage.Puff(x + 0.02 * now, y, size * 1.6, size * 0.4, SKColors.White.Towards(_haze, _low ? 0.7 : 0.1), 0.7);
        if (_foreground == 1) stage.Shape(_sea.Towards(_haze, 0.4).Towards(SKColors.Black, 0.25), _cape);
        stage.Layer(1);
    }

    /// <summary>A wave on its way: a dark back with a bright crest, larger as it comes near.</summary>
    private void DrawRoller(Stage stage, double elapsed, double now)
    {
        if (elapsed is < -Approach or > 0) return;
        var near = 1 + elapsed / Approach;
        near *= near;
        var y = _horizon + 0.03 + (_shore - 0.09 - _horizon) * near;
        stage.Line(0.02 + 0.07 * near, _sea.Towards(SKColors.Black, 0.1 + 0.22 * near), Crest(y + 0.03 * near, now, near));
        stage.Line(0.01 + 0.025 * near, _sea.Towards(SKColors.White, 0.35 + 0.5 * near), Crest(y - 0.01 * near, now, near));
    }

    /// <summary>The wave breaks over its whole length, in billows.</summary>
    private void DrawBreaker(Stage stage, double y, double foam, double now)
    {
        var crest = Crest(y, now, 1);
        stage.Line(0.13 * foam + 0.02, SKColors.White.Faded(Math.Min(1, 1.3 * foam)), crest);
        for (var i = 0; i < _billows.Length; i++)
        {
            var place = crest[2 * i + 1];
            stage.Puff(place.X, place.Y - 0.07 * foam, 0.16 * _billows[i], 0.15 * _billows[i] * foam, SKColors.White, foam);
        }
        stage.Line(0.03 * foam + 0.01, SKColors.White.Faded(0.6 * foam), Crest(y - 0.15, now + 1, 0.7));
    }

    private void DrawForeground(Stage stage, double now)
    {
        var x = _side > 0 ? 0.04 : _width - 0.04;
        var dark = Colours.Hsv(0.3, 0.4, _low ? 0.1 : 0.2);
        switch (_foreground)
        {
            case 0:
                var top = Landscape.Point(x + _side * 0.14, 0.2);
                stage.Line(
                    0.035, Colours.Hsv(0.07, 0.5, _low ? 0.14 : 0.3), Landscape.Point(x, 1.1), Landscape.Point(x + _side * 0.04, 0.6), top);
                for (var i = 0; i < 7; i++)
                {
                    var angle = -0.5 + i * 0.7 + 0.04 * Math.Sin(2 * now + i);
                    var middle = Landscape.Point(top.X + 0.11 * Math.Cos(angle), top.Y - 0.05 - 0.07 * Math.Sin(angle));
                    stage.Line(
                        0.03, dark, top, middle, Landscape.Point(top.X + 0.2 * Math.Cos(angle), top.Y + 0.03 - 0.07 * Math.Sin(angle)));
                }
                break;
            case 2:
                var boat = _side > 0 ? _width * 0.72 : _width * 0.28;
                stage.Layer(0.2);
                stage.Shape(
                    SKColors.White.Towards(_haze, 0.2),
                    Landscape.Point(boat, _horizon - 0.15),
                    Landscape.Point(boat + 0.08, _horizon),
                    Landscape.Point(boat, _horizon));
                stage.Shape(
                    dark,
                    Landscape.Point(boat - 0.05, _horizon),
                    Landscape.Point(boat + 0.09, _horizon),
                    Landscape.Point(boat + 0.06, _horizon + 0.03),
                    Landscape.Point(boat - 0.03, _horizon + 0.03));
                break;
        }
    }

    private SKPoint[] Water(double edge, double now) =>
        [new SKPoint((float)(2 * _width), (float)_horizon), new SKPoint((float)-_width, (float)_horizon), .. Crest(edge, now, 1)];

    private SKPoint[] Crest(double edge, double now, double near)
    {
        const int points = 15;
        var line = new SKPoint[points];
        for (var i = 0; i < points; i++)
        {
            var x = _width * (1.5 * i / (points - 1) - 0.25);
            var y = edge
                + near
                    * (_slant * (x / _width - 0.5)
                        + 0.018 * Math.Sin(_ripple + 6 * x + 1.5 * now)
                        + 0.01 * Math.Sin(2 * _ripple + 11 * x - 2 * now));
            line[i] = Landscape.Point(x, Math.Max(y, _horizon));
        }
        return line;
    }
}
