using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Rain on somebody under an umbrella, in a street or a park: gusts thicken it and make it hiss, and drops plink.</summary>
internal sealed class RainScene : Scene
{
    private const int DropsOfAFrame = 84;
    private static readonly Envelope Gust = new(0.02, 0.2);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly (double X, double Phase, double Speed, double Threshold)[] _drops;
    private readonly (double Time, double Frequency, double Gain)[] _plinks;
    private readonly double _drizzle;
    private readonly double _wind;
    private readonly double _ground;
    private readonly bool _street;
    private readonly (double X, double Size, SKColor Colour)[] _people;
    private readonly double _lampX;
    private readonly SKPoint[] _far;
    private readonly SKPoint[] _windows = [];
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _wet;
    private readonly SKColor _lamp;
    private readonly SKColor _coat;
    private readonly SKColor _haze;

    internal RainScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.5, random.Uniform(0.75, 1.2));
        _drizzle = random.Uniform(0.05, 0.12);
        _wind = random.Uniform(0.06, 0.3) * random.Sign();
        _ground = random.Uniform(0.78, 0.85);
        _street = random.Chance(0.6);
        var x = random.Uniform(0.3, 0.7) * width;
        _people = [(x, random.Uniform(0.24, 0.3), Colours.Hsv(random.Uniform(), 0.85, 0.92))];
        if (random.Chance(0.25))
            _people =
            [
                _people[0] with { X = width / 2 - 0.22 },
                (width / 2 + 0.24, random.Uniform(0.18, 0.24), Colours.Hsv(random.Uniform(), 0.85, 0.92)),
            ];
        _lampX = x < width / 2 ? random.Uniform(0.78, 0.88) * width : random.Uniform(0.12, 0.22) * width;
        var (hue, light) = (random.Uniform(0.5, 0.7), random.Uniform(0.2, 0.32));
        if (_street) (_far, _windows) = Landscape.City(width, _ground, 0.55, random);
        else _far = Landscape.Firs(width, _ground, 0.4, random);
        _top = Colours.Hsv(hue, 0.5, light * 0.8);
        _bottom = Colours.Hsv(hue + random.Uniform(-0.05, 0.05), 0.35, light * (_street ? 1.3 : 1.7));
        _wet = _street ? Colours.Hsv(hue, 0.35, light * 0.6) : Colours.Hsv(0.33, 0.35, light);
        _lamp = Colours.Hsv(random.Uniform(0.08, 0.14), 0.5, 1);
        _coat = Colours.Hsv(random.Uniform(), 0.3, 0.08);
        _haze = Colours.Hsv(0.56, 0.12, 0.92);
        _drops = [.. Enumerable.Range(0, (int)(DropsOfAFrame * width)).Select(_ =>
            (random.Uniform(-0.3, width + 0.3), random.Uniform(0, 2), random.Uniform(2.3, 3.4), random.Uniform()))];
        _plinks = [.. _events.SelectMany(gust => Enumerable.Range(0, 7).Select(_ =>
            (gust.Time + 0.005 + random.Uniform() * random.Uniform(0, 0.35), random.Uniform(1100, 2800), gust.Strength
                * random.Uniform(0.08, 0.25))))];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var gust = Gust.Shown(_events, start, end);
        stage.Sky(_top.Towards(_haze, 0.5 * gust), _bottom.Towards(_haze, 0.6 * gust), 0, (float)_ground);
        stage.Layer(0.4);
        stage.Shape(
            _top.Towards(SKColors.Black, 0.25).Towards(_haze, 0.4 * gust), _bottom.Towards(_haze, 0.5 * gust), _ground - 0.5,
            _ground + 0.15, _far);
        stage.Strokes(0.03, _lamp.Towards(_bottom, 0.3 + 0.3 * gust), _windows);
        stage.Layer(1);
        stage.Ground((float)_ground, _wet.Towards(_haze, 0.22 + 0.45 * gust), _wet.Towards(_haze, 0.2 * gust));
        if (_street) DrawLamp(stage);
        var density = _drizzle + (1 - _drizzle) * gust;
        var slant = _wind * (0.3 + 0.7 * gust);
        foreach (var (x, size, colour) in _people)
        {
            stage.Puff(x, _ground + 0.11, size * 0.55, 0.1, colour, 0.45); // Its reflection.
            DrawPerson(stage, x, size, colour, slant, gust);
        }
        DrawDrops(stage, now, density, slant);
        for (var i = 0; i < _drops.Length; i += 9)
        {
            var (x, phase, _, threshold) = _drops[i];
            if (threshold < density) stage.Ring(x, _ground + 0.04 + phase * 0.05, 0.06, 0.018, 0.016, _haze.Faded(0.7 * gust));
        }
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.035, 1200, 6000);
        foreach (var (time, strength) in _events) track.Noise(time, Gust, 0.45 * strength, 1000, 6000);
        foreach (var (time, frequency, gain) in _plinks) track.Tone(time, frequency, 0.018, gain, 1.15);
    }

    private void DrawDrops(Stage stage, double now, double density, double slant)
    {
        const double length = 0.15;
        var drops = new SKPoint[2 * _drops.Length];
        var count = 0;
        foreach (var (x, phase, speed, threshold) in _drops)
        {
            if (threshold > density) continue;
            var y = (phase + speed * now) % 1.3 * stage.Height - 0.2 + stage.Top;
            (drops[count], drops[count + 1]) = (Landscape.Point(x + slant * y, y), Landscape.Point(x + slant * (y + length), y + length));
            count += 2;
        }
        stage.Strokes(0.018, _haze.Faded(0.7), drops.AsSpan(0, count));
    }

    private void DrawLamp(Stage stage)
    {
        var (top, dark) = (_ground - 0.52, SKColors.Black.Faded(0.85));
        stage.Line(0.024, dark, Landscape.Point(_lampX, _ground + 0.03), Landscape.Point(_lampX, top));
        stage.Glow(_lampX, top - 0.02, 0.3, _lamp, 0.75);
        stage.Disc(_lampX, top - 0.02, 0.045, _lamp.Towards(SKColors.White, 0.6));
        stage.Glow(_lampX, _ground + 0.1, 0.1, _lamp, 0.55, 1.5);
    }

    private void DrawPerson(Stage stage, double x, double size, SKColor umbrella, double slant, double gust)
    {
        var foot = _ground + 0.06;
        var (hip, shoulder, head) = (foot - size * 0.62, foot - size * 1.28, foot - size * 1.55);
        stage.Line(size * 0.17, _coat, Landscape.Point(x - size * 0.13, hip), Landscape.Point(x - size * 0.14, foot));
        stage.Line(size * 0.17, _coat, Landscape.Point(x + size * 0.13, hip), Landscape.Point(x + size * 0.16, foot));
        stage.Shape(
            _coat.Towards(_haze, 0.12),
            _coat,
            shoulder,
            hip,
            Landscape.Point(x - size * 0.24, shoulder),
            Landscape.Point(x + size * 0.24, shoulder),
            Landscape.Point(x + size * 0.36, hip + size * 0.08),
            Landscape.Point(x - size * 0.36, hip + size * 0.08));
        stage.Disc(x, head, size * 0.19, Colours.Hsv(0.07, 0.4, 0.62));
        // The umbrella leans into the wind.
        var (tilt, top) = (-slant * size, head - size * 0.55);
        var hand = Landscape.Point(x + size * 0.2, shoulder + size * 0.35);
        stage.Line(
            size * 0.12, _coat, Landscape.Point(x + size * 0.22, shoulder + size * 0.1),
            Landscape.Point(x + size * 0.36, shoulder + size * 0.4), hand);
        stage.Line(0.016, _coat, hand, Landscape.Point(x + tilt, top));
        var dome = new SKPoint[22];
        for (var i = 0; i <= 16; i++)
        {
            var angle = Math.PI * i / 16;
            dome[i] = Landscape.Point(
                x + tilt * (1 + 0.5 * Math.Sin(angle)) - size * 1.1 * Math.Cos(angle),
                head + size * 0.05 - tilt * Math.Cos(angle) - size * 0.8 * Math.Sin(angle));
        }
        for (var i = 0; i < 5; i++)
        {
            var across = size * (0.88 - 0.44 * i);
            dome[17 + i] = Landscape.Point(
                x + tilt + across,
                head + size * 0.05 + tilt * across / (size * 1.1) - (i % 2 == 0 ? size * 0.13 : 0));
        }
        var lit = umbrella.Towards(SKColors.White, 0.3 * gust);
        stage.Shape(lit.Towards(SKColors.White, 0.35), lit.Towards(SKColors.Black, 0.25), head - size * 0.8, head + size * 0.1, dome);
    }
}
