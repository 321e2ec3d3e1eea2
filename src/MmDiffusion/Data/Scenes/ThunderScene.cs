using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A night sky over hills; each strike lights it up and cracks, then rumbles.</summary>
internal sealed class ThunderScene : Scene
{
    private static readonly Envelope Flash = new(0, 0.22);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly (SKPoint[] Trunk, SKPoint[] Branch)[] _bolts;
    private readonly (double X, double Y, double Size, double Drift)[] _clouds;
    private readonly SKPoint[] _hills;
    private readonly SKColor _night;
    private readonly SKColor _horizon;
    private readonly SKColor _light;
    private readonly SKColor _earth;
    private readonly double _pitch;

    internal ThunderScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.45, random.Uniform(0.7, 1.2));
        var hue = random.Uniform(0.52, 0.82);
        _night = Colours.Hsv(hue, 0.75, random.Uniform(0.1, 0.2));
        _horizon = Colours.Hsv(hue + random.Uniform(-0.12, 0.15), 0.65, random.Uniform(0.25, 0.42));
        _light = Colours.Hsv(hue + random.Uniform(-0.1, 0.1), random.Uniform(0.08, 0.3), 1);
        _earth = Colours.Hsv(random.Uniform(0.25, 0.8), 0.4, 0.09);
        _clouds = [.. Enumerable.Range(0, (int)(7 * width)).Select(_ =>
            (random.Uniform(-0.1, width + 0.1), random.Uniform(-0.02, 0.24), random.Uniform(0.1, 0.22), random.Uniform(-0.04, 0.04)))];
        var (ground, roll) = (random.Uniform(0.72, 0.86), random.Uniform(0, 6));
        _hills = [.. Enumerable.Range(0, 25).Select(i => new SKPoint(
            (float)(width * (1.4 * i / 24 - 0.2)), (float)(ground + 0.05 * Math.Sin(roll + i * 0.55) + 0.03 * Math.Sin(roll * 2 + i * 1.3)))),
            new SKPoint((float)(2 * width), 99), new SKPoint((float)-width, 99)];
        _bolts = [.. _events.Select(_ => Bolt(width, ground, random))];
        _pitch = random.Uniform(140, 380);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flash = Flash.Shown(_events, start, end);
        stage.Sky(_night.Towards(_light, flash * 0.6), _horizon.Towards(_light, flash * 0.85), 0, 0.85f);
        foreach (var (x, y, size, drift) in _clouds)
        {
            var cloud = _night.Towards(_horizon, 0.35).Towards(_light, flash * 0.5);
            stage.Oval(x + drift * now, y, size * 1.5, size * 0.62, cloud.Faded(0.55));
        }
        for (var i = 0; i < _bolts.Length; i++) DrawBolt(stage, _bolts[i], Flash.Shown([_events[i]], start, end));
        stage.Shape(_earth.Towards(_light, flash * 0.12), _hills);
    }

    internal override void Sound(SoundTrack track)
    {
        foreach (var (time, strength) in _events)
        {
            track.Noise(time, new Envelope(0.004, 0.06), 0.5 * strength, 80, 1800);
            track.Noise(time, new Envelope(0.02, 0.24), 0.55 * strength, 35, _pitch);
        }
    }

    private void DrawBolt(Stage stage, (SKPoint[] Trunk, SKPoint[] Branch) bolt, double flash)
    {
        if (flash < 0.3) return;
        var core = SKColors.White.Faded(Math.Min(1, 1.2 * flash));
        stage.Line(0.1, _light.Faded(0.3 * flash), bolt.Trunk);
        stage.Line(0.035, core, bolt.Trunk);
        stage.Line(0.02, core, bolt.Branch);
    }

    private static (SKPoint[] Trunk, SKPoint[] Branch) Bolt(double width, double ground, SceneRandom random)
    {
        const int joints = 8;
        var (x, lean) = (random.Uniform(0.15, 0.85) * width, random.Uniform(-0.03, 0.03));
        var points = new SKPoint[joints];
        for (var i = 0; i < joints; i++)
        {
            points[i] = new SKPoint((float)x, (float)(0.06 + (ground - 0.03) * i / (joints - 1)));
            x += lean + random.Uniform(0.02, 0.075) * (i % 2 == 0 ? 1 : -1);
        }
        var (fork, side) = (2 + random.Integer(3), random.Sign());
        var branch = new SKPoint[4];
        branch[0] = points[fork];
        for (var i = 1; i < branch.Length; i++)
            branch[i] = new SKPoint((float)(branch[i - 1].X + side * random.Uniform(0.02, 0.09)), (float)(branch[i - 1].Y + random.Uniform(0.03, 0.09)));
        return (points, branch);
    }
}
