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
            Place.Lawn =>
                (Colours.Hsv(0.58 + 0.06 * dusk, 0.65, 0.8 - 0.25 * dusk), Colours.Hsv(0.53, 0.3, 0.85),
                    Colours.Hsv(0.27 + 0.08 * dusk, 0.65, 0.42), Colours.Hsv(0.13, 0.4, 1)),
            Place.Room =>
                (Colours.Hsv(hue, 0.42, 0.38),
                    Colours.Hsv(hue, 0.38, 0.55 + 0.1 * dusk),
                    Colours.Hsv(0.06 + 0.03 * dusk, 0.55, 0.38),
                    Colours.Hsv(0.12, 0.25, 1)),
            _ =>
                (Colours.Hsv(hue, 0.7, 0.14),
                    Colours.Hsv(hue + random.Uniform(-0.1, 0.1), 0.6, 0.36),
                    Colours.Hsv(hue + 0.5, 0.4, 0.22),
                    Colours.Hsv(hue + 0.1, 0.35, 1)),
        };
        _lightX = width * (random.Chance(0.5) ? random.Uniform(0.15, 0.32) : random.Uniform(0.68, 0.85));
        _hills = Landscape.Hills(width, _floor - 0.08, 0.06, random.Uniform(2.5, 5), random.Uniform(0, 6));
        _boards = new SKPoint[14];
        for (var i = 0; i < 7; i++)
        {
            var foot = width * (0.5 + 0.3 * (i - 3));
            (_boards[2 * i], _boards[2 * i + 1]) = (Landscape.Point(foot, _floor), Landscape.Point(
                foot + (foot - width / 2) * 1.4,
                _floor + 0.45));
        }
        var count = random.Chance(0.6) ? 1 : random.Chance(0.75) ? 2 : 3;
        var first = _place == Place.Lawn
            ? random.Chance(0.75) ? random.Uniform(-0.1, 0.1) : random.Uniform(0.75, 0.9)
            : hue + random.Uniform(0.35, 0.65);
        double? beat = count == 1 ? null : random.Uniform(count == 2 ? 0.54 : 0.64, 0.68);
        var lead = random.Uniform(0, 0.5) / count;
        _balls = [.. Enumerable.Range(0, count).Select(i =>
            new HoppingBall(timeline, width, _floor, first + 0.31 * i, (double)i / count, beat, lead, random))];
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

    internal override void Audio(AudioTrack track)
    {
        foreach (var ball in _balls) ball.Audio(track);
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
                stage.Beam(
                    Landscape.Point(_lightX, -0.15),
                    Landscape.Point(_width / 2 - 0.4, _floor + 0.2),
                    Landscape.Point(_width / 2 + 0.4, _floor + 0.2),
                    _light,
                    0.38);
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
        stage.Shape(
            SKColors.White,
            _light.Towards(_bottom, 0.3),
            top,
            bottom,
            Landscape.Point(left, top),
            Landscape.Point(right, top),
            Landscape.Point(right, bottom),
            Landscape.Point(left, bottom));
        stage.Strokes(0.025, _top, [
            Landscape.Point(_lightX, top), Landscape.Point(_lightX, bottom), Landscape.Point(left, 0.3), Landscape.Point(right, 0.3),
            Landscape.Point(left, top), Landscape.Point(right, top), Landscape.Point(left, bottom), Landscape.Point(right, bottom),
            Landscape.Point(left, top), Landscape.Point(left, bottom), Landscape.Point(right, top), Landscape.Point(right, bottom)]);
    }
}

/// <summary>A ball that falls, lands and rises again, lower each time, until it leaps again.</summary>
internal sealed class HoppingBall
{
    /// <summary>Frame heights a second squared: of a room a few metres high.</summary>
    private const double Gravity = 8;
    private const double ShortestHop = 0.38;
    private const double LongestHop = 0.68;

    private readonly double _radius;
    private readonly double _floor;
    private readonly double[] _places;
    private readonly double _ring;
    private readonly SKColor _colour;
    private readonly SKColor _stripe;
    private readonly double _spin;
    private readonly int _stripes;

    /// <summary>One of some balls. Several hop in turns and always as high, so that no landing drowns another.</summary>
    /// <param name="timeline">When it may land.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="floor">Where the floor begins.</param>
    /// <param name="hue">Its colour, in turns.</param>
    /// <param name="turn">Its place among them, 0 … 1.</param>
    /// <param name="beat">Seconds of the hops of several balls; null for one alone.</param>
    /// <param name="lead">Seconds before the first of them lands.</param>
    /// <param name="random">Decides the rest.</param>
    internal HoppingBall(
        Timeline timeline,
        double width,
        double floor,
        double hue,
        double turn,
        double? beat,
        double lead,
        SceneRandom random)
    {
        _floor = floor;
        _radius = beat is null ? random.Uniform(0.09, 0.18) : random.Uniform(0.08, 0.115);
        _colour = Colours.Hsv(hue, random.Uniform(0.65, 0.95), random.Uniform(0.85, 1));
        _stripe = random.Chance(0.5) ? SKColors.White : Colours.Hsv(hue + random.Uniform(0.3, 0.6), 0.8, 0.9);
        _stripes = random.Integer(3);
        _spin = random.Uniform(1.5, 4) * random.Sign();
        // The pitch of a struck ball falls with its size: 0.08 → about 890 Hz, 0.18 → about 225 Hz.
        _ring = 880 * Math.Pow(0.08 / _radius, 1.7);
        var leap = beat ?? random.Uniform(0.52, LongestHop);
        var springiness = beat is null ? random.Uniform(0.78, 0.96) : 1;
        var hop = beat ?? random.Uniform(ShortestHop, leap);
        var schedule = timeline.Schedule(
            random,
            () => hop = hop * springiness < ShortestHop ? leap : hop * springiness,
            lead + turn * leap);
        // Harder after a longer fall.
        Landings = [.. schedule.Select((landing, i) =>
            landing with { Strength = i == 0 ? 0.85 : Math.Min(1, Math.Sqrt((landing.Time - schedule[i - 1].Time) / LongestHop)) })];
        _places = Places(
            width,
            beat is null ? random.Uniform() : Math.Min(1, turn + random.Uniform(0, 0.4)),
            random.Uniform(0.05, beat is null ? 0.5 : 0.3) * random.Sign());
    }

    /// <summary>When it lands, and how hard.</summary>
    internal IReadOnlyList<SceneEvent> Landings { get; }

    internal void DrawOnFloor(Stage stage, double now, double flash)
    {
        var (x, height) = At(now);
        var near = 1 / (1 + 4 * height);
        // The floor is polished: the ball is seen in it, upside down and pale.
        stage.Oval(x, _floor + 0.05 + (_radius + height) * 0.55, _radius, _radius * 0.75, _colour.Faded(0.22));
        stage.Puff(x, _floor + 0.03, _radius * (0.9 + 0.6 * near), _radius * 0.4, SKColors.Black, 0.65 * near);
        if (flash < 0.02) return;
        stage.Glow(x, _floor + 0.02, 0.7, _colour.Towards(SKColors.White, 0.35), 0.9 * flash, 0.5);
        var spread = 0.14 + 0.34 * (1 - flash);
        stage.Ring(x, _floor + 0.04, spread + _radius, (spread + _radius) * 0.3, 0.03, SKColors.White.Faded(0.75 * flash));
    }

    internal void Draw(Stage stage, double now, double flash)
    {
        var (x, height) = At(now);
        var squash = height < 0.12 ? 0.28 * flash : -Math.Min(0.09, 0.35 * Math.Max(0, 0.25 - height));
        var (radiusX, radiusY) = (_radius * (1 + squash), _radius * (1 - squash));
        var y = _floor - radiusY - height;
        stage.Oval(x, y, radiusX, radiusY, _colour.Towards(SKColors.White, 0.5 * flash));
        for (var i = 0; i < _stripes; i++) stage.Shape(_stripe, Band(x, y, radiusX, radiusY, _spin * now + i * Math.PI / 2));
        stage.Roundness(x, y, radiusX, radiusY);
    }

    internal void Audio(AudioTrack track)
    {
        var decay = 0.05 + 0.55 * _radius;
        foreach (var (time, strength) in Landings)
        {
            track.Tone(time, _ring, decay, 0.6 * strength, 0.97);
            track.Tone(time, _ring * 2.02, decay * 0.6, 0.25 * strength);
            track.Noise(time, new Envelope(0.001, 0.015), 0.15 * strength, 200, 2500);
        }
    }

    /// <summary>A stripe across the ball, which shows that it rolls over.</summary>
    private static SKPoint[] Band(double x, double y, double radiusX, double radiusY, double angle)
    {
        const double half = 0.24; // Radians on either side.
        var band = new SKPoint[10];
        for (var i = 0; i < band.Length; i++)
        {
            var around = angle + (i < 5 ? 0 : Math.PI) + half * ((i % 5) / 2.0 - 1);
            band[i] = Landscape.Point(x + radiusX * Math.Cos(around), y + radiusY * Math.Sin(around));
        }
        return band;
    }

    /// <summary>Where it is, and how high above the floor.</summary>
    private (double X, double Height) At(double now)
    {
        var next = 0;
        while (next < Landings.Count && Landings[next].Time <= now) next++;
        // Before the first and after the last landing it flies as from or to one that is out of the clip.
        var (from, to) = next switch
        {
            0 => (Landings[0].Time - LongestHop, Landings[0].Time),
            _ when next == Landings.Count => (Landings[^1].Time, Landings[^1].Time + LongestHop),
            _ => (Landings[next - 1].Time, Landings[next].Time),
        };
        var (since, until) = (Math.Clamp(now, from, to) - from, to - Math.Clamp(now, from, to));
        var share = since / (to - from);
        return (_places[next] + (_places[next + 1] - _places[next]) * share, Gravity / 2 * since * until);
    }

    /// <summary>Where it lands, from before the first landing to after the last: on along a straight line, back at a wall.</summary>
    private double[] Places(double width, double share, double speed)
    {
        var (left, right) = (_radius + 0.08, width - _radius - 0.08);
        var places = new double[Landings.Count + 2];
        places[0] = left + (right - left) * share;
        for (var i = 1; i < places.Length; i++)
        {
            var hop = i == 1 || i > Landings.Count ? LongestHop : Landings[i - 1].Time - Landings[i - 2].Time;
            if (places[i - 1] + speed * hop < left || places[i - 1] + speed * hop > right) speed = -speed;
            places[i] = Math.Clamp(places[i - 1] + speed * hop, left, right);
        }
        return places;
    }
}
