using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Rain on a street: gusts thicken it and make it hiss, and drops plink on what stands there.</summary>
internal sealed class RainScene : Scene
{
    private const int DropsOfAFrame = 110;
    private static readonly Envelope Gust = new(0.02, 0.2);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly (double X, double Phase, double Speed, double Threshold)[] _drops;
    private readonly (double Time, double Frequency, double Gain)[] _plinks;
    private readonly double _drizzle;
    private readonly double _wind;
    private readonly double _ground;
    private readonly double _umbrellaX;
    private readonly double _umbrellaSize;
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _street;
    private readonly SKColor _umbrella;

    internal RainScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.5, random.Uniform(0.75, 1.2));
        _drizzle = random.Uniform(0.05, 0.12);
        _wind = random.Uniform(0.04, 0.3) * random.Sign();
        _ground = random.Uniform(0.78, 0.88);
        _umbrellaX = random.Uniform(0.25, 0.75) * width;
        _umbrellaSize = random.Uniform(0.2, 0.3);
        var hue = random.Uniform(0.48, 0.75);
        var light = random.Uniform(0.2, 0.36);
        _top = Colours.Hsv(hue, 0.5, light * 0.7);
        _bottom = Colours.Hsv(hue + random.Uniform(-0.06, 0.06), 0.4, light * 1.3);
        _street = Colours.Hsv(hue, 0.35, light * 0.6);
        _umbrella = Colours.Hsv(random.Uniform(), 0.8, 0.9);
        _drops = [.. Enumerable.Range(0, (int)(DropsOfAFrame * width)).Select(_ =>
            (random.Uniform(-0.3, width + 0.3), random.Uniform(0, 2), random.Uniform(2.3, 3.4), random.Uniform()))];
        _plinks = [.. _events.SelectMany(gust => Enumerable.Range(0, 7).Select(_ =>
            (gust.Time + 0.005 + random.Uniform() * random.Uniform(0, 0.35), random.Uniform(1100, 2800), gust.Strength * random.Uniform(0.08, 0.25))))];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var gust = Gust.Shown(_events, start, end);
        var haze = Colours.Hsv(0.56, 0.12, 0.92);
        stage.Sky(_top.Towards(haze, 0.5 * gust), _bottom.Towards(haze, 0.6 * gust), 0, (float)_ground);
        stage.Ground((float)_ground, _street.Towards(haze, 0.15 + 0.45 * gust), _street.Towards(haze, 0.2 * gust));
        DrawUmbrella(stage, gust);
        var density = _drizzle + (1 - _drizzle) * gust;
        var slant = _wind * (0.3 + 0.7 * gust);
        foreach (var (x, phase, speed, threshold) in _drops)
        {
            if (threshold > density) continue;
            var y = (phase + speed * now) % 1.3 * stage.Height - 0.2 + stage.Top;
            const float length = 0.13f;
            stage.Line(0.016, haze.Faded(0.75), new SKPoint((float)(x + slant * y), (float)y), new SKPoint((float)(x + slant * (y + length)), (float)y + length));
        }
        for (var i = 0; i < _drops.Length; i += 6)
        {
            var (x, phase, _, threshold) = _drops[i];
            if (threshold < density) stage.Ring(x, _ground + 0.03 + phase * 0.06, 0.05, 0.016, 0.014, haze.Faded(0.6 * gust));
        }
    }

    internal override void Sound(SoundTrack track)
    {
        track.Bed(0.035, 700, 4500);
        foreach (var (time, strength) in _events) track.Noise(time, Gust, 0.45 * strength, 500, 4500);
        foreach (var (time, frequency, gain) in _plinks) track.Tone(time, frequency, 0.018, gain, 1.15);
    }

    private void DrawUmbrella(Stage stage, double gust)
    {
        var (x, size, top) = (_umbrellaX + 0.02 * gust * Math.Sign(_wind), _umbrellaSize, _ground - 0.42);
        var dark = _street.Towards(SKColors.Black, 0.55);
        stage.Line(0.022, dark, new SKPoint((float)x, (float)top), new SKPoint((float)x, (float)(_ground - 0.1)));
        stage.Disc(x - 0.035, _ground - 0.2, 0.04, dark);
        stage.Line(0.085, dark, new SKPoint((float)x - 0.035f, (float)_ground - 0.12f), new SKPoint((float)x - 0.035f, (float)_ground + 0.03f));
        var dome = new SKPoint[22];
        for (var i = 0; i <= 16; i++) dome[i] = new SKPoint((float)(x - size * Math.Cos(Math.PI * i / 16)), (float)(top + 0.1 - size * 0.75 * Math.Sin(Math.PI * i / 16)));
        for (var i = 0; i < 5; i++) dome[17 + i] = new SKPoint((float)(x + size * (0.8 - 0.4 * i)), (float)(top + 0.1 - (i % 2 == 0 ? 0.035 : 0)));
        stage.Shape(_umbrella.Towards(SKColors.White, 0.25 * gust), dome);
    }
}
