using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Lightning over hills, with thunder at once: it strikes close by.</summary>
internal sealed class ThunderScene : Scene
{
    private readonly double _hue;
    private readonly double _horizon;
    private readonly double _wind;
    private readonly List<SKPoint[]> _bolts;
    private readonly SKPoint[] _hills;
    private readonly List<(double X, double Y, double Size)> _clouds;
    private readonly SceneRandom _noise;

    internal ThunderScene(SceneRandom random, double duration)
    {
        Events = random.Times(random.Between(-0.5, 0.5), 0.45, 1.1, duration);
        _hue = random.Between(215, 285);
        _horizon = random.Between(0.68, 0.82);
        _wind = random.Between(-0.08, 0.08);
        _bolts = [.. Events.Select(_ => Bolt(random))];
        _clouds = [.. Enumerable.Range(0, 7).Select(_ => (random.Between(-0.1, 1.1), random.Between(0, 0.3), random.Between(0.12, 0.28)))];
        _noise = random.Fork("noise");
        var (phase, height) = (random.Between(0, 6), random.Between(0.02, 0.07));
        var ridge = Enumerable.Range(-10, 41).Select(i => i * 0.05)
            .Select(x => new SKPoint((float)x, (float)(_horizon + height * (Math.Sin(5 * x + phase) + 0.5 * Math.Sin(11 * x + 2 * phase)))));
        _hills = [new(-0.5f, 1.5f), .. ridge, new(1.5f, 1.5f)];
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var flash = Echo(time, 0.09);
        Gradient(canvas, Colour(_hue, 0.6 - 0.45 * flash, 0.12 + 0.8 * flash), Colour(_hue + 15, 0.45 - 0.3 * flash, 0.28 + 0.7 * flash), -0.2, _horizon + 0.1);
        foreach (var (x, y, size) in _clouds)
        {
            using var cloud = Fill(Colour(_hue, 0.3, 0.2 + 0.55 * flash, 0.6));
            canvas.DrawOval((float)(x + _wind * time), (float)y, (float)size, (float)(size * 0.4), cloud);
        }
        foreach (var (start, bolt) in Events.Zip(_bolts))
        {
            var age = time - start;
            if (age is < 0 or > 0.16) continue;
            using var path = new SKPath();
            path.AddPoly(bolt, close: false);
            using var halo = Line(Colour(_hue, 0.25, 1, 0.5), 0.06);
            using var core = Line(SKColors.White, 0.025);
            canvas.DrawPath(path, halo);
            canvas.DrawPath(path, core);
        }
        using var hills = Fill(Colour(_hue - 90, 0.5, 0.07 + 0.3 * flash));
        using var ridge = new SKPath();
        ridge.AddPoly(_hills);
        canvas.DrawPath(ridge, hills);
    }

    internal override void Play(SoundTrack track)
    {
        track.Hiss(_ => 0.02, 0.4, _noise);
        foreach (var strike in Events)
        {
            track.Burst(strike, 0.03, 0.5, 0.6, _noise);
            track.Burst(strike, 0.13, 1, 0.12, _noise);
        }
    }

    private SKPoint[] Bolt(SceneRandom random)
    {
        var x = random.Between(0.15, 0.85);
        var points = new List<SKPoint>();
        for (var y = 0.05; y < _horizon; y += 0.09)
        {
            points.Add(new((float)x, (float)y));
            x += random.Between(-0.09, 0.09);
        }
        return [.. points];
    }
}
