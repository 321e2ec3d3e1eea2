using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Waves that break and run up a beach, the louder the faster they come, and draw back in silence.</summary>
internal sealed class SurfScene : Scene
{
    private const double RunUp = 0.28;

    private readonly double _hue;
    private readonly double _horizon;
    private readonly double _shore;
    private readonly double _reach;
    private readonly double _slant;
    private readonly double _sand;
    private readonly double _drawBack;
    private readonly bool _sunset;
    private readonly double _sunX;
    private readonly SceneRandom _noise;

    internal SurfScene(SceneRandom random, double duration)
    {
        _hue = random.Between(185, 225);
        _horizon = random.Between(0.22, 0.34);
        _shore = random.Between(0.5, 0.58);
        _reach = random.Between(0.24, 0.36);
        _slant = random.Between(-0.15, 0.15);
        _sand = random.Between(30, 45);
        _drawBack = random.Between(0.28, 0.4);
        _sunset = random.Next() < 0.4;
        _sunX = random.Between(0.15, 0.85);
        _noise = random.Fork("noise");
        Events = random.Times(random.Between(-0.9, 0.3), 0.85, 1.3, duration);
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var (above, below) = _sunset ? (Colour(265, 0.5, 0.6), Colour(25, 0.7, 0.98)) : (Colour(_hue, 0.6, 0.9), Colour(_hue, 0.25, 1));
        Gradient(canvas, above, below, -0.2, _horizon);
        using (var sun = Fill(_sunset ? Colour(40, 0.5, 1) : Colour(55, 0.2, 1))) canvas.DrawCircle((float)_sunX, (float)(_horizon - 0.06), 0.07f, sun);
        Gradient(canvas, Colour(_sand, 0.45, 0.6), Colour(_sand, 0.4, 0.85), _horizon, 1.3);
        var (edge, foam) = (_shore + _reach * Reach(time), 0.035 + 0.13 * Speed(time));
        using (var white = Fill(SKColors.White))
        using (var front = Front(edge, foam))
            canvas.DrawPath(front, white);
        using (var sea = Water(edge, Colour(_hue, 0.75, 0.65), Colour(_hue - 15, 0.55, 0.85)))
        using (var front = Front(edge - foam * 0.6, 0))
            canvas.DrawPath(front, sea);
        using var crest = Line(Colour(_hue, 0.2, 1, 0.5), 0.02);
        canvas.DrawLine(-0.5f, (float)(_horizon + 0.1), 1.5f, (float)(_horizon + 0.1 + _slant * 0.5), crest);
    }

    internal override void Play(SoundTrack track) => track.Hiss(time => 0.05 + Speed(time), 0.35, _noise);

    /// <summary>How far the water is up the beach, 0 to 1.</summary>
    private double Reach(double time)
    {
        var reach = 0.0;
        foreach (var start in Events)
        {
            var age = time - start;
            if (age < 0) continue;
            var fallen = Math.Max(0, age - RunUp) / _drawBack;
            reach = Math.Max(reach, age < RunUp ? Math.Sin(Math.PI / 2 * age / RunUp) : Math.Exp(-fallen * fallen));
        }
        return reach;
    }

    /// <summary>How fast it runs up, 1 when a wave breaks, 0 when it draws back.</summary>
    private double Speed(double time)
    {
        var age = Events.Where(start => start <= time).Select(start => time - start).DefaultIfEmpty(double.MaxValue).Min();
        return age < RunUp ? Math.Cos(Math.PI / 2 * age / RunUp) : 0;
    }

    private SKPath Front(double edge, double foam)
    {
        var path = new SKPath();
        path.MoveTo(-0.5f, (float)_horizon);
        path.LineTo(1.5f, (float)_horizon);
        for (var x = 1.5; x >= -0.5; x -= 0.05)
            path.LineTo((float)x, (float)(edge + _slant * (x - 0.5) + 0.015 * Math.Sin(14 * x + 20 * edge) + foam * (0.5 + 0.2 * Math.Sin(23 * x))));
        path.Close();
        return path;
    }

    private SKPaint Water(double edge, SKColor far, SKColor near)
    {
        using var shader = SKShader.CreateLinearGradient(new(0, (float)_horizon), new(0, (float)edge), [far, near], SKShaderTileMode.Clamp);
        return new SKPaint { Shader = shader, IsAntialias = true };
    }
}
