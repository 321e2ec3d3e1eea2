using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A tree on a hill in the wind: gusts howl and rustle as they bend it, comb the grass and tear off leaves.</summary>
internal sealed class WindScene : Scene
{
    private const int Leaves = 16;
    private static readonly Envelope Gust = new(0.03, 0.24);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly double _width;
    private readonly double _heading;
    private readonly double _ground;
    private readonly double _x;
    private readonly double _trunk;
    private readonly double _crown;
    private readonly double _tall;
    private readonly (double X, double Y, double Size, double Phase)[] _clumps;
    private readonly (double X, double Y, double Speed, double Phase)[] _leaves;
    private readonly (double X, double Y, double Size)[] _clouds;
    private readonly double[] _blades;
    private readonly SKPoint[] _far;
    private readonly SKPoint[] _hill;
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _foliage;
    private readonly SKColor _pale;
    private readonly SKColor _grass;
    private readonly SKColor _bark;
    private readonly double _sunX;
    private readonly double _pitch;

    internal WindScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        _events = timeline.Schedule(random, 0.5, random.Uniform(0.75, 1.2));
        _heading = random.Sign();
        _ground = random.Uniform(0.78, 0.85);
        _x = width / 2 - _heading * random.Uniform(0.04, 0.16);
        _trunk = random.Uniform(0.24, 0.29);
        _crown = random.Uniform(0.19, 0.235);
        _tall = random.Uniform(0.85, 1.12);
        _clumps = [.. Enumerable.Range(0, 9).Select(i =>
        {
            var (around, far) = (Math.Tau * i / 8 + random.Uniform(-0.2, 0.2), i == 8 ? 0 : random.Uniform(0.5, 0.68));
            return (far * Math.Cos(around), far * Math.Sin(around), random.Uniform(0.5, 0.64), random.Uniform(0, Math.Tau));
        })];
        _leaves = [.. Enumerable.Range(0, Leaves).Select(_ =>
            (random.Uniform(), random.Uniform(0.15, 0.85), random.Uniform(0.8, 1.5), random.Uniform(0, Math.Tau)))];
        _clouds = [.. Enumerable.Range(0, 4).Select(i =>
            (width * (i + random.Uniform()) / 4, random.Uniform(0.03, 0.35), random.Uniform(0.12, 0.22)))];
        _blades = [.. Enumerable.Range(0, (int)(26 * width)).Select(_ => random.Uniform())];
        var (season, evening) = (random.Uniform(), random.Chance(0.3));
        _foliage = season < 0.45 ? Colours.Hsv(random.Uniform(0.22, 0.36), 0.7, 0.55)
            : season < 0.8 ? Colours.Hsv(random.Uniform(0.01, 0.11), 0.85, 0.85)
            : Colours.Hsv(random.Uniform(0.9, 0.96), 0.4, 0.92);
        _pale = _foliage.Towards(new SKColor(250, 255, 225), 0.6);
        (_top, _bottom) = evening
            ? (Colours.Hsv(random.Uniform(0.62, 0.75), 0.5, 0.55), Colours.Hsv(random.Uniform(0.04, 0.11), 0.5, 0.95))
            : (Colours.Hsv(0.57, random.Uniform(0.35, 0.65), 0.75), Colours.Hsv(0.54, 0.18, 0.92));
        _grass = Colours.Hsv(
            season < 0.8 && season > 0.45 ? random.Uniform(0.12, 0.17) : random.Uniform(0.22, 0.3),
            0.6,
            evening ? 0.35 : 0.5);
        _bark = Colours.Hsv(0.07, 0.5, 0.22);
        _far = Landscape.Hills(width, _ground - 0.06, 0.05, random.Uniform(2.5, 4), random.Uniform(0, 6));
        var (summit, height) = (_x, _ground);
        _hill = Landscape.Outline(width, 24, x => height + 0.28 * (x - summit) * (x - summit));
        _sunX = width * random.Uniform(0.15, 0.85);
        _pitch = random.Uniform(260, 420);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var (gust, blown) = (Gust.Shown(_events, start, end), Blown(now));
        stage.Sky(_top.Towards(SKColors.White, 0.12 * gust), _bottom.Towards(SKColors.White, 0.3 * gust), 0, (float)_ground);
        stage.Layer(0.1);
        stage.Glow(_sunX, 0.2, 0.26, _bottom.Towards(SKColors.White, 0.6), 0.3);
        foreach (var (x, y, size) in _clouds)
            stage.Puff(Wrapped(x + _heading * 0.25 * blown, 0.3), y, size * 1.5, size * 0.55, SKColors.White.Towards(_bottom, 0.2), 0.85);
        stage.Layer(0.4);
        stage.Shape(_grass.Towards(_bottom, 0.55), _far);
        stage.Layer(1);
        stage.Shape(_grass.Towards(SKColors.White, 0.22 + 0.3 * gust), _grass.Towards(SKColors.Black, 0.3), _ground, 1.05, _hill);
        stage.Puff(_x + 0.03, _ground + 0.02, _crown * 1.2, 0.045, SKColors.Black, 0.4);
        DrawTree(stage, gust, now);
        DrawLeaves(stage, gust, blown, now);
        stage.Layer(1.2);
        DrawGrass(stage, gust, now);
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.02, 150, 700);
        foreach (var (time, strength) in _events)
        {
            track.Howl(time, Gust, 0.42 * strength, _pitch, 2.2 * _pitch);
            track.Noise(time, Gust, 0.14 * strength, 2200, 6500);
        }
    }

    /// <summary>How far the air has moved, in frame heights: it drifts, and leaps in each gust.</summary>
    private double Blown(double now) =>
        0.12 * now + _events.Sum(gust => now <= gust.Time ? 0 : gust.Strength * 0.55 * (1 - Math.Exp(-(now - gust.Time) / Gust.Decay)));

    /// <summary>What leaves the frame on one side comes in on the other.</summary>
    private double Wrapped(double x, double margin)
    {
        var span = _width + 2 * margin;
        return x + margin - span * Math.Floor((x + margin) / span) - margin;
    }

    private void DrawTree(Stage stage, double gust, double now)
    {
        var lean = _heading * (0.04 + 0.5 * gust);
        var (fork, top) = (Landscape.Point(_x + lean * _trunk * 0.4, _ground - _trunk * 0.6), Landscape.Point(
            _x + lean * _trunk * 1.1,
            _ground - _trunk * 1.15));
        stage.Line(0.075, _bark, Landscape.Point(_x, _ground + 0.02), fork);
        stage.Line(0.05, _bark, fork, top);
        var (centreX, centreY) = (_x + lean * _trunk * 1.3, _ground - _trunk - _crown * _tall * (0.85 - 0.15 * gust));
        Clumps(_foliage.Towards(SKColors.Black, 0.38), 0.025, 0.045, 1.08);
        Clumps(_foliage.Towards(_pale, 0.55 * gust), 0, 0, 0.95);
        Clumps(_foliage.Towards(_pale, 0.3 + 0.7 * gust), -0.04, -0.06, 0.55);

        void Clumps(SKColor colour, double right, double down, double size)
        {
            Span<(double, double, double, double)> ovals = stackalloc (double, double, double, double)[_clumps.Length];
            for (var i = 0; i < ovals.Length; i++)
            {
                var (x, y, radius, phase) = _clumps[i];
                // The higher, the further it bends; clumps flutter each in its own time.
                var bent = lean * _crown * (0.6 - 0.8 * y) + 0.022 * (0.3 + gust) * Math.Sin(phase + 9 * now);
                ovals[i] = (
                    centreX + _crown * x + bent + right, centreY + _crown * _tall * y * (1 - 0.2 * gust) + down,
                    _crown * radius * size * (1 + 0.15 * gust), _crown * radius * size * _tall);
            }
            stage.Ovals(colour, ovals);
        }
    }

    private void DrawLeaves(Stage stage, double gust, double blown, double now)
    {
        Span<(double, double, double, double)> ovals = stackalloc (double, double, double, double)[_leaves.Length];
        for (var i = 0; i < ovals.Length; i++)
        {
            var (x, y, speed, phase) = _leaves[i];
            var place = Wrapped(x * _width + _heading * blown * speed * 1.3, 0.1);
            var flutter = 0.04 * Math.Sin(phase + 7 * now);
            ovals[i] = (place, y + flutter, 0.026, 0.016 + 0.008 * Math.Sin(phase + 11 * now));
        }
        stage.Ovals(_foliage.Towards(_pale, 0.3 + 0.4 * gust), ovals);
    }

    private void DrawGrass(Stage stage, double gust, double now)
    {
        var blades = new SKPoint[2 * _blades.Length];
        for (var i = 0; i < _blades.Length; i++)
        {
            var x = -0.15 + (_width + 0.3) * i / _blades.Length;
            var bend = _heading * (0.015 + 0.1 * gust) + 0.012 * Math.Sin(6 * _blades[i] + 6 * now);
            var length = 0.09 + 0.06 * _blades[i];
            (blades[2 * i], blades[2 * i + 1]) = (Landscape.Point(x, 1.02), Landscape.Point(x + bend, 1.02 - length * (1 - 0.3 * gust)));
        }
        stage.Strokes(0.02, _grass.Towards(SKColors.Black, 0.35).Towards(_pale, 0.35 * gust), blades);
    }
}
