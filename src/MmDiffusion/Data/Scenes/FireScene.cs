using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A camp fire in the dark that flares up with sparks and a crackle.</summary>
internal sealed class FireScene : Scene
{
    private readonly double _hue;
    private readonly double _x;
    private readonly double _base;
    private readonly double _size;
    private readonly SceneRandom _flicker;
    private readonly SceneRandom _noise;

    internal FireScene(SceneRandom random, double duration)
    {
        Events = random.Times(random.Between(-0.3, 0.4), 0.3, 0.75, duration);
        _hue = random.Next() < 0.8 ? random.Between(8, 30) : random.Between(190, 230);
        _x = random.Between(0.35, 0.65);
        _base = random.Between(0.78, 0.88);
        _size = random.Between(0.8, 1.15);
        _flicker = random.Fork("flicker");
        _noise = random.Fork("noise");
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var heat = Heat(time);
        var chance = _flicker.Fork(FormattableString.Invariant($"{time:F4}"));
        Gradient(canvas, Colour(230, 0.6, 0.08 + 0.08 * heat), Colour(_hue, 0.6, 0.1 + 0.3 * heat), -0.2, _base);
        Gradient(canvas, Colour(_hue, 0.5, 0.16 + 0.35 * heat), Colour(_hue, 0.6, 0.06 + 0.1 * heat), _base, 1.3);
        Glow(canvas, _x, _base - 0.15, 0.35 + 0.45 * heat, Colour(_hue, 0.7, 1, 0.35 + 0.5 * heat));
        DrawFlame(canvas, chance, (0.3 + 0.42 * heat) * _size, 0.15 + 0.07 * heat, Colour(_hue, 0.9, 1));
        DrawFlame(canvas, chance, (0.2 + 0.3 * heat) * _size, 0.1 + 0.05 * heat, Colour(_hue + 25, 0.75, 1));
        DrawFlame(canvas, chance, (0.1 + 0.18 * heat) * _size, 0.05 + 0.04 * heat, Colour(_hue + 40, 0.3, 1));
        using var log = Line(Colour(20, 0.6, 0.25), 0.05);
        canvas.DrawLine((float)(_x - 0.18), (float)(_base + 0.02), (float)(_x + 0.18), (float)(_base - 0.03), log);
        canvas.DrawLine((float)(_x - 0.18), (float)(_base - 0.03), (float)(_x + 0.18), (float)(_base + 0.02), log);
        using var spark = Fill(Colour(_hue + 30, 0.3, 1));
        for (var i = 0; i < 22 * Echo(time, 0.1); i++)
            canvas.DrawCircle((float)(_x + chance.Between(-0.35, 0.35)), (float)(_base - chance.Between(0.15, 0.8)), 0.014f, spark);
    }

    internal override void Play(SoundTrack track)
    {
        track.Hiss(time => 0.05 + 0.3 * Heat(time), 0.08, _noise);
        foreach (var flare in Events)
        {
            track.Burst(flare, 0.012, 1, 0.9, _noise);
            for (var i = 0; i < 10; i++) track.Burst(flare + _noise.Next() * _noise.Next() * 0.2, 0.004, _noise.Between(0.2, 0.7), 1, _noise);
        }
    }

    private double Heat(double time) => 0.1 + 0.9 * Echo(time, 0.11);

    private void DrawFlame(SKCanvas canvas, SceneRandom chance, double height, double width, SKColor colour)
    {
        var lean = chance.Between(-0.05, 0.05);
        using var path = new SKPath();
        path.MoveTo((float)(_x - width), (float)_base);
        path.CubicTo((float)(_x - width * 1.3), (float)(_base - height * 0.5), (float)(_x + lean * 0.4), (float)(_base - height * 0.5), (float)(_x + lean), (float)(_base - height));
        path.CubicTo((float)(_x + lean * 0.4), (float)(_base - height * 0.45), (float)(_x + width * 1.3), (float)(_base - height * 0.5), (float)(_x + width), (float)_base);
        path.Close();
        using var flame = Fill(colour);
        canvas.DrawPath(path, flame);
    }
}
