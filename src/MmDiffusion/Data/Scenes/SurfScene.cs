using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A beach: each wave breaks white, runs up the sand and draws back, and the noise swells and sinks with it.</summary>
internal sealed class SurfScene : Scene
{
    private static readonly Envelope Break = new(0.05, 0.17);
    private static readonly Envelope Swell = new(0.05, 0.2);
    private static readonly Envelope Run = new(0.1, 0.38);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly double _horizon;
    private readonly double _shore;
    private readonly double _reach;
    private readonly double _ripple;
    private readonly double _slant;
    private readonly SKColor _sky;
    private readonly SKColor _haze;
    private readonly SKColor _sea;
    private readonly SKColor _sand;
    private readonly double _sunX;
    private readonly double _brightness;

    internal SurfScene(Timeline timeline, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.5, random.Uniform(0.8, 1.2));
        _horizon = random.Uniform(0.18, 0.34);
        _shore = random.Uniform(0.52, 0.62);
        _reach = random.Uniform(0.2, 0.32);
        _ripple = random.Uniform(0, 6);
        _slant = random.Uniform(-0.12, 0.12);
        var evening = random.Chance(0.4);
        var day = evening ? random.Uniform(0.02, 0.1) : random.Uniform(0.5, 0.6);
        _sky = evening ? Colours.Hsv(random.Uniform(0.6, 0.85), 0.5, 0.5) : Colours.Hsv(day, 0.55, 0.85);
        _haze = Colours.Hsv(day, evening ? 0.65 : 0.2, 0.95);
        _sea = Colours.Hsv(random.Uniform(0.46, 0.62), random.Uniform(0.65, 0.9), evening ? 0.4 : random.Uniform(0.45, 0.62));
        _sand = Colours.Hsv(random.Uniform(0.07, 0.13), random.Uniform(0.3, 0.55), evening ? 0.55 : 0.8);
        _sunX = random.Uniform(0.15, 0.85);
        _brightness = random.Uniform(900, 2200);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var (foam, run) = (Break.Shown(_events, start, end), Run.Shown(_events, start, end));
        stage.Sky(_sky, _haze, 0, (float)_horizon);
        stage.Disc(_sunX * stage.Width, _horizon * 0.55, 0.07, _haze.Towards(SKColors.White, 0.6));
        stage.Ground((float)(_shore - 0.05), _sand.Towards(_sea, 0.35), _sand);
        stage.Shape(_sand.Towards(_sea, 0.45).Towards(SKColors.Black, 0.1), Water(stage, _shore + 0.05 + _reach * Math.Max(run, 0.55), now * 0.3));
        var edge = _shore + _reach * run;
        stage.Shape(SKColors.White.Towards(_sea, 0.08), Water(stage, edge + 0.03 + 0.05 * foam, now));
        stage.Shape(_sea.Towards(SKColors.White, 0.25 + 0.2 * foam), Water(stage, edge, now));
        stage.Shape(_sea.Towards(SKColors.White, 0.08), Water(stage, _horizon + (edge - _horizon) * 0.72, now + 2));
        stage.Shape(_sea.Towards(SKColors.Black, 0.12), Water(stage, _horizon + (edge - _horizon) * 0.36, now + 4));
        if (foam < 0.02) return;
        // The wave breaks over its whole length.
        stage.Line(0.16 * foam + 0.02, SKColors.White.Faded(Math.Min(1, 1.3 * foam)), Crest(stage, edge - 0.1, now));
        stage.Line(0.06 * foam + 0.01, SKColors.White.Faded(0.7 * foam), Crest(stage, edge - 0.22, now + 1));
    }

    internal override void Sound(SoundTrack track)
    {
        track.Bed(0.03, 150, _brightness);
        foreach (var (time, strength) in _events) track.Noise(time, Swell, 0.5 * strength, 120, _brightness);
    }

    private SKPoint[] Water(Stage stage, double edge, double now) =>
        [new SKPoint(2 * stage.Width, (float)_horizon), new SKPoint(-stage.Width, (float)_horizon), .. Crest(stage, edge, now)];

    private SKPoint[] Crest(Stage stage, double edge, double now)
    {
        const int points = 17;
        var line = new SKPoint[points];
        for (var i = 0; i < points; i++)
        {
            var x = stage.Width * (1.4 * i / (points - 1) - 0.2);
            var y = edge + _slant * (x / stage.Width - 0.5) + 0.018 * Math.Sin(_ripple + 9 * x + 1.5 * now) + 0.012 * Math.Sin(2 * _ripple + 17 * x - 2 * now);
            line[i] = new SKPoint((float)x, (float)Math.Max(y, _horizon));
        }
        return line;
    }
}
