using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A fire at night: it flickers quietly, and flares up with a crackle and sparks.</summary>
internal sealed class FireScene : Scene
{
    private const int Tongues = 7;
    private static readonly Envelope Flare = new(0.01, 0.2);
    private static readonly (double Size, double Heat)[] Layers = [(1, 0), (0.72, 0.4), (0.45, 0.75), (0.24, 1)];

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly double[] _phases;
    private readonly (int Event, double Heading, double Speed)[] _sparks;
    private readonly (double Time, double Gain)[] _cracks;
    private readonly double _x;
    private readonly double _ground;
    private readonly double _size;
    private readonly double _hue;
    private readonly SKColor _night;
    private readonly SKColor _earth;

    internal FireScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.4, random.Uniform(0.65, 1.1));
        _phases = [.. Enumerable.Range(0, Tongues).Select(_ => random.Uniform(0, Math.Tau))];
        _x = width * random.Uniform(0.35, 0.65);
        _ground = random.Uniform(0.78, 0.88);
        _size = random.Uniform(0.8, 1.15);
        _hue = random.Chance(0.75) ? random.Uniform(0, 0.04) : random.Uniform();
        _night = Colours.Hsv(random.Uniform(0.55, 0.8), 0.6, random.Uniform(0.06, 0.16));
        _earth = Colours.Hsv(random.Uniform(0, 0.12), 0.4, 0.16);
        _sparks = [.. Enumerable.Range(0, _events.Count * 8).Select(i => (i / 8, random.Uniform(-0.45, 0.45), random.Uniform(0.7, 1.5)))];
        _cracks = [.. _events.SelectMany(flare => Enumerable.Range(0, 7).Select(i =>
            (flare.Time + (i == 0 ? 0 : random.Uniform(0.01, 0.16)), flare.Strength * (i == 0 ? 1 : random.Uniform(0.3, 0.8)))))];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flare = Flare.Shown(_events, start, end);
        var glow = Colours.Hsv(_hue + 0.05, 0.75, 1);
        stage.Sky(_night, _night.Towards(glow, 0.12 + 0.15 * flare), 0, (float)_ground);
        stage.Ground((float)_ground, _earth.Towards(glow, 0.15 + 0.5 * flare), _earth.Towards(glow, 0.1 * flare));
        stage.Glow(_x, _ground - 0.15, 0.55 + 0.4 * flare, glow, 0.3 + 0.55 * flare);
        stage.Line(0.06, new SKColor(70, 42, 26), new SKPoint((float)_x - 0.2f, (float)_ground + 0.05f), new SKPoint((float)_x + 0.17f, (float)_ground - 0.01f));
        stage.Line(0.06, new SKColor(92, 56, 32), new SKPoint((float)_x + 0.2f, (float)_ground + 0.05f), new SKPoint((float)_x - 0.17f, (float)_ground - 0.01f));
        foreach (var (size, heat) in Layers)
        {
            var colour = Colours.Hsv(_hue + 0.13 * heat, 1 - 0.7 * heat * heat, 0.92 + 0.08 * heat);
            for (var i = 0; i < Tongues; i++) DrawTongue(stage, i, size, flare, now, colour);
        }
        foreach (var (index, heading, speed) in _sparks)
        {
            var age = now - _events[index].Time;
            if (age is < 0.03 or > 0.5) continue;
            var risen = speed * age;
            stage.Disc(_x + heading * risen, _ground - 0.3 - risen * 0.8, 0.018, glow.Towards(SKColors.White, 0.5).Faded(1 - age * 1.9));
        }
    }

    internal override void Sound(SoundTrack track)
    {
        track.Bed(0.025, 60, 420);
        foreach (var (time, strength) in _events) track.Noise(time, Flare, 0.22 * strength, 90, 900);
        foreach (var (time, gain) in _cracks) track.Noise(time, new Envelope(0.001, 0.012), 0.45 * gain, 500, 5000);
    }

    private void DrawTongue(Stage stage, int index, double size, double flare, double now, SKColor colour)
    {
        var offset = (index - (Tongues - 1) / 2.0) / ((Tongues - 1) / 2.0);
        var flicker = 1 + 0.08 * Math.Sin(_phases[index] + 5 * now);
        var height = _size * size * flicker * (0.24 + 0.42 * flare) * (1 - 0.62 * offset * offset);
        var (foot, width) = (_x + offset * 0.15 * size * _size, _size * size * (0.075 + 0.03 * flare));
        var tip = foot - offset * 0.05 + 0.02 * Math.Sin(_phases[index] + 4 * now);
        var points = new SKPoint[17];
        for (var i = 0; i < points.Length; i++)
        {
            // A drop: round below, drawn out to a point above.
            var angle = Math.Tau * i / (points.Length - 1);
            var up = (1 - Math.Cos(angle)) / 2;
            var across = Math.Sin(angle) * (1 - up * up * 0.55);
            points[i] = new SKPoint((float)(foot + (tip - foot) * up + width * across), (float)(_ground + 0.03 - height * up));
        }
        stage.Shape(colour, points);
    }
}
