using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Balls that hop over a floor: higher hops land harder, larger balls ring lower.</summary>
internal sealed class BounceScene : Scene
{
    private static readonly Envelope Flash = new(0, 0.13);

    private readonly Timeline _timeline;
    private readonly HoppingBall[] _balls;
    private readonly List<SceneEvent> _events;
    private readonly float _floor;
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _ground;

    internal BounceScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        _floor = (float)random.Uniform(0.74, 0.86);
        var hue = random.Uniform();
        var dusk = random.Uniform(0.3, 0.75);
        _top = Colours.Hsv(hue, 0.6, dusk * 0.55);
        _bottom = Colours.Hsv(hue + random.Uniform(-0.12, 0.12), 0.45, dusk);
        _ground = Colours.Hsv(hue + random.Uniform(0.3, 0.7), 0.5, random.Uniform(0.16, 0.32));
        var count = random.Chance(0.55) ? 1 : random.Chance(0.75) ? 2 : 3;
        var first = hue + random.Uniform(0.35, 0.65);
        double? beat = count == 1 ? null : random.Uniform(count == 2 ? 0.54 : 0.64, 0.68);
        var lead = random.Uniform(0, 0.5) / count;
        _balls = [.. Enumerable.Range(0, count).Select(i => new HoppingBall(timeline, width, _floor, first + 0.31 * i, (double)i / count, beat, lead, random))];
        _events = [.. _balls.SelectMany(ball => ball.Landings).OrderBy(landing => landing.Time)];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var lit = Flash.Shown(_events, start, end);
        stage.Sky(_top.Towards(_bottom, lit * 0.6), _bottom.Towards(SKColors.White, lit * 0.26), 0, _floor);
        stage.Ground(_floor, _ground.Towards(SKColors.White, 0.12), _ground);
        foreach (var ball in _balls) ball.DrawOnFloor(stage, now, Flash.Shown(ball.Landings, start, end));
        foreach (var ball in _balls) ball.Draw(stage, now, Flash.Shown(ball.Landings, start, end));
    }

    internal override void Sound(SoundTrack track)
    {
        foreach (var ball in _balls) ball.Sound(track);
    }
}
