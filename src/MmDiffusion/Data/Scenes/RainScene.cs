using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Rain that comes in gusts: the more drops, the louder, and the whiter the air.</summary>
internal sealed class RainScene : Scene
{
    private const int MostDrops = 90;

    private readonly double _hue;
    private readonly double _ground;
    private readonly double _slant;
    private readonly double _calm;
    private readonly List<(double X, double Height, double Width)> _houses;
    private readonly SceneRandom _drops;
    private readonly SceneRandom _noise;

    internal RainScene(SceneRandom random, double duration)
    {
        Events = random.Times(random.Between(-0.5, 0.5), 0.5, 1.0, duration);
        _hue = random.Between(170, 260);
        _ground = random.Between(0.75, 0.85);
        _slant = random.Between(-0.12, 0.12);
        _calm = random.Between(0.05, 0.12);
        _houses = [.. Enumerable.Range(0, random.Whole(2, 4)).Select(_ => (random.Between(0, 0.9), random.Between(0.15, 0.4), random.Between(0.12, 0.25)))];
        _drops = random.Fork("drops");
        _noise = random.Fork("noise");
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var density = Density(time);
        Gradient(canvas, Colour(_hue, 0.35, 0.25 + 0.2 * density), Colour(_hue, 0.2, 0.45 + 0.3 * density), -0.2, _ground);
        foreach (var (x, height, width) in _houses)
        {
            using var house = Fill(Colour(_hue + 20, 0.35, 0.18 + 0.1 * density));
            canvas.DrawRect((float)x, (float)(_ground - height), (float)width, (float)height, house);
            using var window = Fill(Colour(45, 0.7, 0.95));
            canvas.DrawRect((float)(x + width * 0.3), (float)(_ground - height * 0.7), (float)(width * 0.3), (float)(height * 0.2), window);
        }
        Gradient(canvas, Colour(_hue, 0.25, 0.2 + 0.35 * density), Colour(_hue, 0.3, 0.12 + 0.2 * density), _ground, 1.3);
        var falling = _drops.Fork(FormattableString.Invariant($"{time:F4}"));
        using var streak = Line(Colour(_hue, 0.08, 1, 0.75), 0.012);
        for (var i = 0; i < density * MostDrops; i++)
        {
            var (x, y, length) = (falling.Between(-0.1, 1.1), falling.Between(-0.1, 1), falling.Between(0.1, 0.2));
            canvas.DrawLine((float)x, (float)y, (float)(x + _slant * length * 3), (float)(y + length), streak);
        }
    }

    internal override void Play(SoundTrack track)
    {
        track.Hiss(time => 0.9 * Density(time), 0.8, _noise);
        for (var time = 0.0; time < track.Duration; time += 0.004)
        {
            if (_noise.Next() > 0.25 * Density(time)) continue;
            track.Tone(time, _noise.Between(1200, 3200), 0.004, _noise.Between(0.3, 1) * Density(time));
        }
    }

    private double Density(double time) => _calm + (1 - _calm) * Echo(time, 0.13);
}
