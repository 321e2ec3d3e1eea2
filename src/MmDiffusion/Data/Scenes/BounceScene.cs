using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Balls that hop over a floor, in a room, on a lawn or on a stage: higher hops land harder, larger balls ring lower.</summary>
internal sealed class BounceScene : Scene
{
    private enum Place
    {
        Room,
        Lawn,
        Stage,
    }

    private static readonly Envelope Flash = new(0, 0.13);

    private readonly Timeline _timeline;
    private readonly HoppingBall[] _balls;
    private readonly List<SceneEvent> _events;
    private readonly Place _place;
    private readonly double _floor;
    private readonly double _width;
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _ground;
    private readonly SKColor _light;
    private readonly double _lightX;
    private readonly SKPoint[] _hills;
    private readonly SKPoint[] _boards;

    internal BounceScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        _place = (Place)random.Integer(3);
        _floor = random.Uniform(0.74, 0.83);
        var (hue, dusk) = (random.Uniform(), random.Uniform());
        (_top, _bottom, _ground, _light) = _place switch
        {
            Place.Lawn => (Colours.Hsv(0.58 + 0.06 * dusk, 0.65, 0.8 - 0.25 * dusk), Colours.Hsv(0.53, 0.3, 0.85), Colours.Hsv(0.27 + 0.08 * dusk, 0.65, 0.42), Colours.Hsv(0.13, 0.4, 1)),
            Place.Room => (Colours.Hsv(hue, 0.42, 0.38), Colours.Hsv(hue, 0.38, 0.55 + 0.1 * dusk), Colours.Hsv(0.06 + 0.03 * dusk, 0.55, 0.38), Colours.Hsv(0.12, 0.25, 1)),
            _ => (Colours.Hsv(hue, 0.7, 0.14), Colours.Hsv(hue + random.Uniform(-0.1, 0.1), 0.6, 0.36), Colours.Hsv(hue + 0.5, 0.4, 0.22), Colours.Hsv(hue + 0.1, 0.35, 1)),
        };
        _lightX = width * (random.Chance(0.5) ? random.Uniform(0.15, 0.32) : random.Uniform(0.68, 0.85));
        _hills = Landscape.Hills(width, _floor - 0.08, 0.06, random.Uniform(2.5, 5), random.Uniform(0, 6));
        _boards = new SKPoint[14];
        for (var i = 0; i < 7; i++)
        {
            var foot = width * (0.5 + 0.3 * (i - 3));
            (_boards[2 * i], _boards[2 * i + 1]) = (Landscape.Point(foot, _floor), Landscape.Point(foot + (foot - width / 2) * 1.4, _floor + 0.45));
        }
        var count = random.Chance(0.6) ? 1 : random.Chance(0.75) ? 2 : 3;
        var first = _place == Place.Lawn ? random.Chance(0.75) ? random.Uniform(-0.1, 0.1) : random.Uniform(0.75, 0.9) : hue + random.Uniform(0.35, 0.65);
        double? beat = count == 1 ? null : random.Uniform(count == 2 ? 0.54 : 0.64, 0.68);
        var lead = random.Uniform(0, 0.5) / count;
        _balls = [.. Enumerable.Range(0, count).Select(i => new HoppingBall(timeline, width, _floor, first + 0.31 * i, (double)i / count, beat, lead, random))];
        _events = [.. _balls.SelectMany(ball => ball.Landings).OrderBy(landing => landing.Time)];
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        DrawPlace(stage, Flash.Shown(_events, start, end));
        foreach (var ball in _balls) ball.DrawOnFloor(stage, now, Flash.Shown(ball.Landings, start, end));
        foreach (var ball in _balls) ball.Draw(stage, now, Flash.Shown(ball.Landings, start, end));
    }

    internal override void Sound(SoundTrack track)
    {
        foreach (var ball in _balls) ball.Sound(track);
    }

    private void DrawPlace(Stage stage, double lit)
    {
        stage.Sky(_top.Towards(_bottom, lit * 0.5), _bottom.Towards(SKColors.White, lit * 0.26), 0, (float)_floor);
        stage.Layer(0.3);
        switch (_place)
        {
            case Place.Lawn:
                stage.Glow(_lightX, 0.16, 0.24, _light, 0.4);
                stage.Disc(_lightX, 0.16, 0.07, SKColors.White.Towards(_light, 0.3));
                stage.Shape(_ground.Towards(_bottom, 0.45), _ground, _floor - 0.16, _floor, _hills);
                break;
            case Place.Room:
                DrawWindow(stage);
                break;
            default:
                stage.Beam(Landscape.Point(_lightX, -0.15), Landscape.Point(_width / 2 - 0.4, _floor + 0.2), Landscape.Point(_width / 2 + 0.4, _floor + 0.2), _light, 0.38);
                break;
        }
        stage.Layer(1);
        stage.Ground((float)_floor, _ground.Towards(_light, 0.32), _ground.Towards(SKColors.Black, 0.2));
        if (_place != Place.Lawn) stage.Strokes(0.012, _ground.Towards(SKColors.Black, 0.35).Faded(0.8), _boards);
        if (_place == Place.Stage) stage.Glow(_width / 2, _floor + 0.1, 0.5, _light, 0.3, 0.3);
    }

    private void DrawWindow(Stage stage)
    {
        var (left, right, top, bottom) = (_lightX - 0.14, _lightX + 0.14, 0.14, 0.46);
        stage.Glow(_lightX, 0.3, 0.45, _light, 0.3);
        stage.Shape(SKColors.White, _light.Towards(_bottom, 0.3), top, bottom, Landscape.Point(left, top), Landscape.Point(right, top), Landscape.Point(right, bottom), Landscape.Point(left, bottom));
        stage.Strokes(0.025, _top, [
            Landscape.Point(_lightX, top), Landscape.Point(_lightX, bottom), Landscape.Point(left, 0.3), Landscape.Point(right, 0.3),
            Landscape.Point(left, top), Landscape.Point(right, top), Landscape.Point(left, bottom), Landscape.Point(right, bottom),
            Landscape.Point(left, top), Landscape.Point(left, bottom), Landscape.Point(right, top), Landscape.Point(right, bottom)]);
    }
}
