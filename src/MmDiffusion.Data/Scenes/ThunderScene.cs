using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// A stormy night over mountains, a forest, a city or the sea; each strike lights up the clouds and cracks, then rumbles.
/// </summary>
internal sealed class ThunderScene : Scene
{
    private enum Place
    {
        Mountains,
        Forest,
        City,
        Sea,
    }

    private static readonly Envelope Flash = new(0, 0.22);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly (SKPoint[] Trunk, SKPoint[][] Branches)[] _bolts;
    private readonly (double X, double Y, double Size, double Drift, double Shade)[] _clouds;
    private readonly Place _place;
    private readonly SKPoint[] _far;
    private readonly SKPoint[] _near;
    private readonly SKPoint[] _windows = [];
    private readonly double _ground;
    private readonly SKColor _night;
    private readonly SKColor _horizon;
    private readonly SKColor _light;
    private readonly SKColor _earth;
    private readonly double _pitch;

    internal ThunderScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _events = timeline.Schedule(random, 0.45, random.Uniform(0.7, 1.2));
        var hue = random.Uniform(0.54, 0.8);
        _night = Colours.Hsv(hue, 0.7, random.Uniform(0.13, 0.22));
        _horizon = Colours.Hsv(hue + random.Uniform(-0.08, 0.12), 0.6, random.Uniform(0.36, 0.5));
        _light = Colours.Hsv(hue + random.Uniform(-0.08, 0.08), random.Uniform(0.08, 0.28), 1);
        _earth = Colours.Hsv(hue + random.Uniform(-0.2, 0.1), 0.45, 0.09);
        _clouds = [.. Enumerable.Range(0, (int)(4 * width) + 2).Select(i => (
            width * (i % 4 + random.Uniform(0.1, 0.9)) / 4,
            i < 4 ? random.Uniform(-0.02, 0.06) : random.Uniform(0.08, 0.22),
            random.Uniform(0.18, 0.3), random.Uniform(-0.04, 0.04), random.Uniform(0.25, 0.8)))];
        _place = (Place)random.Integer(4);
        _ground = random.Uniform(0.76, 0.86);
        _far = Landscape.Mountains(width, _ground, random.Uniform(0.1, 0.2), random);
        _near = _place switch
        {
            Place.Forest => Landscape.Firs(width, _ground + 0.06, 0.26, random),
            Place.Sea => [],
            _ => Landscape.Hills(width, _ground + 0.06, 0.05, random.Uniform(2.5, 4.5), random.Uniform(0, 6)),
        };
        if (_place == Place.City) (_near, _windows) = Landscape.City(width, _ground + 0.12, 0.34, random);
        _bolts = [.. _events.Select(_ => Bolt(width, _ground, random))];
        _pitch = random.Uniform(140, 380);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flash = Flash.Shown(_events, start, end);
        var light = 0.55 * flash;
        stage.Sky(_night.Towards(_light, light * 0.9), _horizon.Towards(_light, flash * 0.75), 0, 0.85f);
        stage.Layer(0.4);
        for (var i = 0; i < _bolts.Length; i++)
        {
            var shown = Flash.Shown([_events[i]], start, end);
            stage.Glow(_bolts[i].Trunk[0].X, 0.12, 0.75, _light, 0.6 * shown);
        }
        foreach (var (x, y, size, drift, shade) in _clouds)
            stage.Puff(
                x + drift * now, y, size * 1.5, size * 0.62, _night.Towards(_horizon, shade).Towards(_light, flash * (0.1 + 0.5 * shade)),
                0.8);
        for (var i = 0; i < _bolts.Length; i++) DrawBolt(stage, _bolts[i], Flash.Shown([_events[i]], start, end));
        if (_place == Place.Sea) DrawSea(stage, start, end, flash);
        else stage.Shape(_earth.Towards(_horizon, 0.45).Towards(_light, flash * 0.3), _earth, _ground - 0.2, _ground + 0.1, _far);
        stage.Layer(1);
        if (_near.Length > 0) stage.Shape(_earth.Towards(_light, flash * 0.1), _near);
        stage.Strokes(0.028, Colours.Hsv(0.12, 0.6, 0.95).Faded(0.9), _windows);
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.006, 40, 300);
        foreach (var (time, strength) in _events)
        {
            track.Noise(time, new Envelope(0.004, 0.06), 0.5 * strength, 80, 1800);
            track.Noise(time, new Envelope(0.02, 0.24), 0.55 * strength, 35, _pitch);
        }
    }

    private void DrawSea(Stage stage, double start, double end, double flash)
    {
        stage.Ground((float)_ground, _horizon.Towards(_night, 0.4).Towards(_light, flash * 0.55), _night.Towards(_light, flash * 0.25));
        for (var i = 0; i < _bolts.Length; i++)
        {
            var shown = Flash.Shown([_events[i]], start, end);
            stage.Glow(_bolts[i].Trunk[^1].X, _ground + 0.06, 0.13, _light, 0.45 * shown, 0.9);
        }
    }

    private void DrawBolt(Stage stage, (SKPoint[] Trunk, SKPoint[][] Branches) bolt, double flash)
    {
        if (flash < 0.3) return;
        var core = SKColors.White.Faded(Math.Min(1, 1.2 * flash));
        stage.Line(0.1, _light.Faded(0.3 * flash), bolt.Trunk);
        foreach (var branch in bolt.Branches) stage.Line(0.02, core, branch);
        stage.Line(0.036, core, bolt.Trunk);
    }

    private static (SKPoint[] Trunk, SKPoint[][] Branches) Bolt(double width, double ground, SceneRandom random)
    {
        const int joints = 8;
        var (x, lean) = (random.Uniform(0.18, 0.82) * width, random.Uniform(-0.03, 0.03));
        var points = new SKPoint[joints];
        for (var i = 0; i < joints; i++)
        {
            points[i] = Landscape.Point(x, 0.08 + (ground - 0.05) * i / (joints - 1));
            x += lean + random.Uniform(0.02, 0.075) * (i % 2 == 0 ? 1 : -1);
        }
        var (fork, side) = (1 + random.Integer(2), random.Sign());
        return (points, [Branch(points[fork], side, random), Branch(points[fork + 2], -side, random)]);
    }

    private static SKPoint[] Branch(SKPoint from, int side, SceneRandom random)
    {
        var branch = new SKPoint[5];
        branch[0] = from;
        for (var i = 1; i < branch.Length; i++)
            branch[i] = Landscape.Point(branch[i - 1].X + side * random.Uniform(0.015, 0.08), branch[i - 1].Y + random.Uniform(0.03, 0.08));
        return branch;
    }
}
