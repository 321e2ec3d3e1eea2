using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// A fire at night, in a forest, by the mountains or in a hearth: it flickers quietly, and flares up with a crackle and sparks.
/// </summary>
internal sealed class FireScene : Scene
{
    private enum Place
    {
        Forest,
        Mountains,
        Hearth,
    }

    private const int SparksOfAFlare = 8;
    private static readonly Envelope Flare = new(0.01, 0.2);
    private static readonly (double Size, double Heat, int Tongues)[] Layers = [(1, 0, 5), (0.72, 0.45, 4), (0.44, 1, 3)];

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly double[] _phases;
    private readonly (int Event, double Heading, double Speed)[] _sparks;
    private readonly (double Time, double Gain)[] _cracks;
    private readonly Place _place;
    private readonly double _x;
    private readonly double _width;
    private readonly double _ground;
    private readonly double _size;
    private readonly double _hue;
    private readonly SKColor _night;
    private readonly SKColor _earth;
    private readonly SKPoint[] _behind;
    private readonly SKPoint[] _stars;
    private readonly double _moonX;

    internal FireScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        _events = timeline.Schedule(random, 0.4, random.Uniform(0.65, 1.1));
        _phases = [.. Enumerable.Range(0, 5).Select(_ => random.Uniform(0, Math.Tau))];
        _place = (Place)random.Integer(3);
        _x = width * (_place == Place.Hearth ? random.Uniform(0.46, 0.54) : random.Uniform(0.38, 0.62));
        _ground = _place == Place.Hearth ? random.Uniform(0.84, 0.88) : random.Uniform(0.78, 0.86);
        _size = _place == Place.Hearth ? random.Uniform(0.78, 0.92) : random.Uniform(0.9, 1.15);
        _hue = random.Uniform(0, 0.03);
        _night = _place == Place.Hearth
            ? Colours.Hsv(random.Uniform(0, 0.09), 0.6, 0.3)
            : Colours.Hsv(random.Uniform(0.56, 0.76), 0.65, random.Uniform(0.08, 0.18));
        _earth = Colours.Hsv(random.Uniform(0.02, 0.12), 0.45, 0.16);
        _behind = _place == Place.Forest
            ? Landscape.Firs(width, _ground + 0.02, random.Uniform(0.4, 0.6), random)
            : Landscape.Mountains(width, _ground, random.Uniform(0.16, 0.28), random);
        _stars = [.. Enumerable.Range(0, 12).SelectMany(_ => Star(random.Uniform(0, width), random.Uniform(0, 0.42)))];
        _moonX = width * (random.Chance(0.5) ? random.Uniform(0.1, 0.25) : random.Uniform(0.75, 0.9));
        _sparks = [.. Enumerable.Range(0, _events.Count * SparksOfAFlare).Select(i =>
            (i / SparksOfAFlare, random.Uniform(-0.45, 0.45), random.Uniform(0.7, 1.5)))];
        _cracks = [.. _events.SelectMany(flare => Enumerable.Range(0, 7).Select(i =>
            (flare.Time + (i == 0 ? 0 : random.Uniform(0.01, 0.16)), flare.Strength * (i == 0 ? 1 : random.Uniform(0.3, 0.8)))))];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flare = Flare.Shown(_events, start, end);
        var glow = Colours.Hsv(_hue + 0.05, 0.75, 1);
        if (_place == Place.Hearth) DrawHearth(stage, glow, flare);
        else DrawNight(stage, glow, flare);
        stage.Glow(_x, _ground - 0.15, 0.55 + 0.4 * flare, glow, 0.32 + 0.5 * flare);
        stage.Glow(_x, _ground + 0.05, 0.5, glow, 0.25 + 0.4 * flare, 0.3);
        DrawLogs(stage, glow, flare);
        foreach (var (size, heat, tongues) in Layers)
            for (var i = 0; i < tongues; i++) DrawTongue(stage, i, tongues, size, heat, flare, now);
        foreach (var (index, heading, speed) in _sparks)
        {
            var age = now - _events[index].Time;
            if (age is < 0.03 or > 0.5) continue;
            var risen = speed * age;
            stage.Disc(_x + heading * risen, _ground - 0.3 - risen * 0.8, 0.018, glow.Towards(SKColors.White, 0.5).Faded(1 - age * 1.9));
        }
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.025, 60, 420);
        foreach (var (time, strength) in _events) track.Noise(time, Flare, 0.22 * strength, 90, 900);
        foreach (var (time, gain) in _cracks) track.Noise(time, new Envelope(0.001, 0.012), 0.45 * gain, 500, 5000);
    }

    private void DrawNight(Stage stage, SKColor glow, double flare)
    {
        stage.Sky(_night, _night.Towards(glow, 0.14 + 0.15 * flare), 0, (float)_ground);
        stage.Layer(0.2);
        stage.Strokes(0.016, SKColors.White.Faded(0.75), _stars);
        stage.Glow(_moonX, 0.16, 0.2, SKColors.White, 0.25);
        stage.Disc(_moonX, 0.16, 0.055, new SKColor(244, 240, 214));
        stage.Layer(0.6);
        stage.Shape(
            _night.Towards(SKColors.Black, 0.35), _night.Towards(SKColors.Black, 0.4).Towards(glow, 0.18 + 0.3 * flare), _ground - 0.45,
            _ground, _behind);
        stage.Layer(1);
        stage.Ground((float)_ground, _earth.Towards(glow, 0.15 + 0.45 * flare), _earth.Towards(glow, 0.1 * flare));
    }

    /// <summary>A wall of bricks with an opening.</summary>
    private void DrawHearth(Stage stage, SKColor glow, double flare)
    {
        var (left, right, top) = (_x - 0.34, _x + 0.34, 0.24);
        stage.Sky(_night.Towards(glow, 0.1 * flare), _night.Towards(glow, 0.15 + 0.2 * flare));
        var courses = new List<SKPoint>();
        for (var row = 0; row < 8; row++)
        {
            courses.AddRange([Landscape.Point(-0.2, row * 0.12), Landscape.Point(_width + 0.2, row * 0.12)]);
            for (var x = -0.2 + row % 2 * 0.12; x < _width + 0.2; x += 0.24)
                courses.AddRange([Landscape.Point(x, row * 0.12), Landscape.Point(x, row * 0.12 + 0.12)]);
        }
        stage.Strokes(0.012, SKColors.Black.Faded(0.4), courses.ToArray());
        var arch = new SKPoint[19];
        for (var i = 0; i <= 16; i++)
            arch[i] = Landscape.Point(_x - 0.34 * Math.Cos(Math.PI * i / 16), top + 0.12 - 0.12 * Math.Sin(Math.PI * i / 16));
        (arch[17], arch[18]) = (Landscape.Point(right, _ground + 0.03), Landscape.Point(left, _ground + 0.03));
        stage.Shape(new SKColor(14, 8, 8), new SKColor(34, 14, 8).Towards(glow, 0.3 * flare), top, _ground, arch);
        stage.Line(0.045, Colours.Hsv(0.06, 0.25, 0.42).Towards(glow, 0.2 + 0.4 * flare), [arch[18], .. arch[..18]]);
        stage.Line(0.07, Colours.Hsv(0.07, 0.6, 0.3), Landscape.Point(_x - 0.48, 0.13), Landscape.Point(_x + 0.48, 0.13));
        stage.Ground((float)_ground + 0.03f, _earth.Towards(glow, 0.3 + 0.4 * flare), _earth.Towards(glow, 0.1));
    }

    private void DrawLogs(Stage stage, SKColor glow, double flare)
    {
        if (_place != Place.Hearth)
        {
            var stone = new SKColor(70, 66, 70).Towards(glow, 0.15 + 0.3 * flare);
            for (var dark = 1; dark >= 0; dark--)
                stage.Ovals(
                    stone.Towards(SKColors.Black, 0.3 * dark),
                    [.. Enumerable.Range(0, 7)
                        .Where(i => i % 2 == dark)
                        .Select(i => (_x + 0.08 * (i - 3), _ground + 0.075 - 0.006 * (i - 3) * (i - 3), 0.046, 0.032))]);
        }
        stage.Line(0.065, new SKColor(70, 42, 26), Landscape.Point(_x - 0.22, _ground + 0.05), Landscape.Point(_x + 0.18, _ground - 0.02));
        stage.Line(0.065, new SKColor(98, 58, 32), Landscape.Point(_x + 0.22, _ground + 0.05), Landscape.Point(_x - 0.18, _ground - 0.02));
    }

    private void DrawTongue(Stage stage, int index, int tongues, double size, double heat, double flare, double now)
    {
        var half = (tongues - 1) / 2.0;
        var offset = (index - half) / half;
        var phase = _phases[index] + 2 * heat;
        var flicker = 1 + 0.09 * Math.Sin(phase + 5 * now);
        var height = _size * size * flicker * (0.26 + 0.4 * flare) * (1 - 0.6 * offset * offset);
        var (foot, width) = (_x + offset * 0.15 * size * _size, _size * size * (0.09 + 0.035 * flare));
        var (tip, bottom) = (foot - offset * 0.06 + 0.035 * Math.Sin(phase + 4 * now), _ground + 0.03);
        var points = new SKPoint[13];
        for (var i = 0; i < points.Length; i++)
        {
            // A drop: round below, drawn out to a point above.
            var angle = Math.Tau * i / (points.Length - 1);
            var up = (1 - Math.Cos(angle)) / 2;
            var across = Math.Sin(angle) * (1 - up * up * 0.6);
            points[i] = Landscape.Point(foot + (tip - foot) * up * up + width * across, bottom - height * up);
        }
        var hot = Colours.Hsv(_hue + 0.06 + 0.09 * heat, 0.95 - 0.75 * heat * heat, 1);
        stage.Shape(Colours.Hsv(_hue + 0.1 * heat, 1 - 0.35 * heat, 0.9 + 0.1 * heat), hot, bottom - height, bottom, points);
    }

    private static SKPoint[] Star(double x, double y) => [Landscape.Point(x, y), Landscape.Point(x, y + 0.016)];
}
