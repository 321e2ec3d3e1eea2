using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A steam engine under way, seen from beside it as the land passes: each chuff sends up a ball of steam.</summary>
internal sealed class TrainScene : Scene
{
    private const double Driver = 0.105;
    private const int Before = 3;
    private static readonly Envelope Chuff = new(0.006, 0.16);
    private static readonly double[] Wheels = [-0.65, -0.52, -0.86, -1.02];
    private static readonly double[] Axles = [-0.24, -0.01, 0.22];

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly SceneEvent[] _puffs;
    private readonly double _beat;
    private readonly double _width;
    private readonly double _heading;
    private readonly double _size;
    private readonly double _x;
    private readonly double _rail;
    private readonly bool _night;
    private readonly int _scenery;
    private readonly double _phase;
    private readonly double _brightness;
    private readonly bool _whistle;
    private readonly double _pitch;
    private readonly SKColor _top;
    private readonly SKColor _bottom;
    private readonly SKColor _land;
    private readonly SKColor _steam;
    private readonly SKColor _body;
    private readonly SKColor _trim;
    private readonly SKColor _wheel;
    private readonly SKColor _coach;
    private readonly double _sunX;

    internal TrainScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        _beat = random.Uniform(0.4, 0.62);
        _events = timeline.Schedule(random, () => _beat, random.Uniform(0, _beat));
        // Steam of before the clip began hangs in the air.
        _puffs =
        [
            .. Enumerable.Range(1, Before).Select(i => new SceneEvent(_events[0].Time - i * _beat, random.Uniform(0.65, 1))),
            .. _events,
        ];
        _heading = random.Sign();
        _size = random.Uniform(0.78, 0.9);
        _x = width / 2 + _heading * random.Uniform(0, 0.06);
        _rail = random.Uniform(0.84, 0.88);
        _scenery = random.Integer(3);
        _phase = random.Uniform(0, 6);
        _sunX = width * random.Uniform(0.15, 0.85);
        var day = random.Uniform();
        _night = day > 0.75;
        (_top, _bottom, _land, _steam) = day switch
        {
            < 0.45 =>
                (Colours.Hsv(0.58, 0.68, 0.62),
                    Colours.Hsv(0.55, 0.38, 0.8),
                    Colours.Hsv(random.Uniform(0.2, 0.33), 0.55, 0.5),
                    SKColors.White),
            < 0.75 =>
                (Colours.Hsv(random.Uniform(0.62, 0.8), 0.5, 0.45), Colours.Hsv(random.Uniform(0.02, 0.09), 0.6, 0.9), Colours.Hsv(
                    random.Uniform(0.05, 0.2),
                    0.45,
                    0.35), new SKColor(255, 240, 225)),
            _ => (Colours.Hsv(0.65, 0.7, 0.16), Colours.Hsv(0.6, 0.55, 0.36), Colours.Hsv(0.55, 0.4, 0.16), new SKColor(226, 232, 246)),
        };
        var paint = random.Integer(4);
        _body = paint switch
        {
            0 => Colours.Hsv(0.99, 0.85, 0.7),
            1 => Colours.Hsv(0.37, 0.75, 0.45),
            2 => Colours.Hsv(0.61, 0.8, 0.62),
            _ => Colours.Hsv(0.6, 0.15, 0.24),
        };
        _wheel = paint == 0 ? Colours.Hsv(0.12, 0.6, 0.85) : Colours.Hsv(0.99, 0.8, 0.72);
        _trim = Colours.Hsv(0.12, 0.7, 0.95);
        _coach = paint == 0
            ? Colours.Hsv(0.99, 0.7, 0.5)
            : random.Chance(0.5) ? Colours.Hsv(0.99, 0.75, 0.55) : Colours.Hsv(0.08, 0.6, 0.5);
        _brightness = random.Uniform(1200, 2600);
        _whistle = random.Chance(0.25);
        _pitch = random.Uniform(520, 760);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var (chuff, turns) = (Chuff.Shown(_events, start, end), Strokes(now) / 2);
        DrawLand(stage, turns * Math.Tau * Driver, chuff);
        DrawSteam(stage, start, end);
        DrawCoach(stage);
        DrawEngine(stage, turns * Math.Tau, chuff);
        // Spent steam hisses out beside the rails.
        stage.Puff(At(0.44, 0.07).X, At(0, 0.07).Y, 0.2 * _size, 0.09 * _size, _steam, 0.85 * chuff);
    }

    internal override void Audio(AudioTrack track)
    {
        track.Bed(0.02, 40, 260);
        foreach (var (time, strength) in _events)
        {
            track.Noise(time, new Envelope(0.006, 0.1), 0.42 * strength, 220, _brightness);
            track.Tone(time, 95, 0.07, 0.4 * strength, 0.6);
        }
        if (!_whistle) return;
        foreach (var step in (double[])[1, 1.26, 1.5]) track.Tone(_events[^1].Time, _pitch * step, 0.16, 0.14);
    }

    /// <summary>How often the piston has moved: one stroke for each chuff.</summary>
    private double Strokes(double now)
    {
        var next = 0;
        while (next < _events.Count && _events[next].Time <= now) next++;
        if (next == 0) return (now - _events[0].Time) / _beat;
        if (next == _events.Count) return _events.Count - 1 + (now - _events[^1].Time) / _beat;
        return next - 1 + (now - _events[next - 1].Time) / (_events[next].Time - _events[next - 1].Time);
    }

    /// <summary>A place of the train: so far before its middle and above the rails.</summary>
    private SKPoint At(double ahead, double up) => Landscape.Point(_x + _heading * _size * ahead, _rail - _size * up);

    private void DrawLand(Stage stage, double gone, double chuff)
    {
        var horizon = _rail - 0.12;
        stage.Sky(_top, _bottom, 0, (float)horizon);
        stage.Layer(0.1);
        if (_night) stage.Disc(_sunX, 0.14, 0.05, new SKColor(250, 246, 225));
        stage.Layer(1);
        var moved = _heading * gone;
        stage.Shape(
            _land.Towards(_bottom, 0.6),
            Landscape.Outline(_width, 14, x =>
                horizon - 0.12 - 0.07 * Math.Sin(_phase + 2.6 * (x + 0.12 * moved)) - 0.035 * Math.Sin(5.9 * (x + 0.12 * moved))));
        stage.Shape(
            _land.Towards(_bottom, 0.25), _land, horizon - 0.06, _rail,
            Landscape.Outline(_width, 10, x => horizon - 0.03 * Math.Sin(2 * _phase + 4.2 * (x + 0.35 * moved))));
        var spacing = _scenery == 0 ? 0.8 : 0.55;
        var first = -moved * 0.6 / spacing;
        for (var i = 0; i <= (_width + 1) / spacing; i++)
        {
            var x = (first - Math.Floor(first) + i) * spacing - 0.5;
            if (_scenery == 0) DrawPole(stage, x);
            else DrawTree(stage, x);
        }
        stage.Ground((float)(_rail - 0.005), _land.Towards(SKColors.Black, 0.35), _land.Towards(SKColors.Black, 0.15));
        stage.Glow(At(0.33, 0).X, _rail - 0.55 * _size, 0.5, _night ? new SKColor(255, 190, 110) : _steam, (_night ? 0.5 : 0.3) * chuff);
        stage.Strokes(
            0.02,
            _bottom.Towards(SKColors.Black, 0.4),
            [Landscape.Point(-0.5, _rail + 0.008), Landscape.Point(_width + 0.5, _rail + 0.008)]);
    }

    private void DrawPole(Stage stage, double x)
    {
        var dark = _land.Towards(SKColors.Black, 0.6);
        stage.Strokes(0.018, dark, [
            Landscape.Point(x, _rail),
            Landscape.Point(x, _rail - 0.52),
            Landscape.Point(x - 0.06, _rail - 0.48),
            Landscape.Point(x + 0.06, _rail - 0.48),
        ]);
    }

    private void DrawTree(Stage stage, double x)
    {
        var (dark, leaves) = (_land.Towards(SKColors.Black, 0.6), _land.Towards(SKColors.Black, 0.35));
        stage.Line(0.02, dark, Landscape.Point(x, _rail), Landscape.Point(x, _rail - 0.2));
        if (_scenery == 1) stage.Oval(x, _rail - 0.27, 0.085, 0.11, leaves);
        else
            stage.Shape(
                leaves,
                Landscape.Point(x - 0.09, _rail - 0.1),
                Landscape.Point(x, _rail - 0.42),
                Landscape.Point(x + 0.09, _rail - 0.1));
    }

    /// <summary>Each ball of steam is thrown up, left behind, grows and thins out.</summary>
    private void DrawSteam(Stage stage, double start, double end)
    {
        foreach (var (time, strength) in _puffs)
        {
            var age = end - time;
            if (age is <= 0 or > 1.5) continue;
            var (grown, fresh) = (1 - Math.Exp(-age / 0.22), start <= time ? 1 : 0);
            var from = At(0.33, 0.68);
            var (x, y) = (from.X - _heading * 0.55 * age, from.Y - 0.15 * grown - 0.05 * age);
            var radius = _size * (0.1 + 0.15 * grown + 0.08 * age) * (0.7 + 0.4 * strength);
            var shade = _steam.Towards(_bottom, fresh == 1 ? 0 : Math.Min(0.5, 0.12 + 0.4 * age));
            if (age < 0.5)
                stage.Puff(
                    x + _heading * radius * 0.5, y + radius * 0.25, radius * 0.8, radius * 0.75, shade.Towards(_top, 0.25),
                    Math.Exp(-age / 0.7));
            stage.Puff(x, y, radius * 1.15, radius, shade, Math.Exp(-age / 0.8));
        }
    }

    private void DrawCoach(Stage stage)
    {
        var dark = new SKColor(24, 22, 28);
        // The tender, and a coach behind it.
        Box(stage, _body.Towards(SKColors.Black, 0.15), -0.7, -0.46, 0.1, 0.32);
        stage.Oval(At(-0.58, 0.33).X, At(0, 0.33).Y, 0.1 * _size, 0.04 * _size, dark);
        Box(stage, _coach, -1.9, -0.76, 0.1, 0.46);
        Box(stage, _coach.Towards(SKColors.Black, 0.5), -1.9, -0.74, 0.46, 0.5);
        stage.Strokes(0.09 * _size, _night ? new SKColor(255, 214, 130) : _bottom.Towards(SKColors.White, 0.3),
            [At(-0.86, 0.41), At(-0.86, 0.28), At(-1.03, 0.41), At(-1.03, 0.28)]);
        stage.Ovals(dark, [.. Wheels.Select(ahead => ((double)At(ahead, 0).X, (double)At(0, 0.06).Y, 0.06 * _size, 0.06 * _size))]);
        stage.Line(0.03 * _size, dark, At(-1.9, 0.1), At(-0.4, 0.1));
    }

    private void DrawEngine(Stage stage, double angle, double chuff)
    {
        var dark = new SKColor(26, 24, 30);
        var lit = _body.Towards(_bottom, 0.12 * chuff);
        stage.Shape(dark, At(0.38, 0.17), At(0.5, 0.02), At(0.36, 0.02)); // The cowcatcher.
        Box(stage, dark, -0.42, 0.42, 0.12, 0.19);
        // The chimney widens upwards.
        stage.Shape(
            dark, At(0.29, 0.4), At(0.27, 0.6), At(0.25, 0.6), At(0.25, 0.64), At(0.41, 0.64), At(0.41, 0.6), At(0.39, 0.6), At(0.37, 0.4));
        stage.Line(0.09 * _size, _trim.Towards(SKColors.Black, 0.12), At(0.06, 0.4), At(0.06, 0.45)); // The dome.
        stage.Shape(lit.Towards(SKColors.White, 0.35), lit.Towards(SKColors.Black, 0.35), At(0, 0.44).Y, At(0, 0.18).Y,
            At(-0.2, 0.44), At(0.26, 0.44), At(0.26, 0.18), At(-0.2, 0.18));
        stage.Shape(
            dark.Towards(SKColors.White, 0.22), dark, At(0, 0.45).Y, At(0, 0.18).Y, At(0.26, 0.45), At(0.42, 0.45), At(0.42, 0.18),
            At(0.26, 0.18));
        stage.Strokes(
            0.018 * _size,
            _trim,
            [At(-0.05, 0.43), At(-0.05, 0.19), At(0.16, 0.43), At(0.16, 0.19), At(0.26, 0.44), At(0.26, 0.19)]);
        Box(stage, lit, -0.44, -0.18, 0.15, 0.54);
        Box(stage, _night ? new SKColor(255, 200, 110) : _bottom, -0.37, -0.25, 0.36, 0.48);
        Box(stage, dark, -0.47, -0.15, 0.54, 0.59);
        var lamp = At(0.42, 0.4);
        stage.Disc(lamp.X, lamp.Y, 0.035 * _size, _trim.Towards(SKColors.White, 0.5));
        if (_night)
        {
            stage.Glow(lamp.X, lamp.Y, 0.22, _trim, 0.7);
            stage.Beam(
                lamp, Landscape.Point(lamp.X + _heading, lamp.Y - 0.1), Landscape.Point(lamp.X + _heading, lamp.Y + 0.5), _trim, 0.35);
        }
        DrawWheels(stage, angle, dark);
        Box(stage, _body.Towards(SKColors.Black, 0.25), 0.33, 0.47, 0.09, 0.19); // The cylinder.
        var (across, up) = (0.055 * Math.Cos(angle), Driver - 0.055 * Math.Sin(angle));
        stage.Line(0.03 * _size, new SKColor(214, 214, 220), At(Axles[0] + across, up), At(Axles[2] + across, up));
        stage.Line(0.024 * _size, new SKColor(214, 214, 220), At(Axles[1] + across, up), At(0.36, 0.14));
    }

    private void DrawWheels(Stage stage, double angle, SKColor dark)
    {
        var spokes = new SKPoint[4 * Axles.Length];
        for (var i = 0; i < 2 * Axles.Length; i++)
        {
            var (axle, turned) = (Axles[i / 2], angle + i % 2 * Math.PI / 2);
            var (across, up) = (0.85 * Driver * Math.Cos(turned), -0.85 * Driver * Math.Sin(turned));
            (spokes[2 * i], spokes[2 * i + 1]) = (At(axle + across, Driver + up), At(axle - across, Driver - up));
        }
        Discs(dark, Driver);
        Discs(_wheel, 0.86 * Driver);
        Discs(dark, 0.66 * Driver);
        stage.Strokes(0.022 * _size, _wheel, spokes);
        Discs(_wheel, 0.25 * Driver);
        var front = At(0.42, 0.055);
        stage.Disc(front.X, front.Y, 0.055 * _size, dark);

        void Discs(SKColor colour, double radius) =>
            stage.Ovals(
                colour,
                [.. Axles.Select(axle => ((double)At(axle, 0).X, (double)At(0, Driver).Y, radius * _size, radius * _size))]);
    }

    private void Box(Stage stage, SKColor colour, double behind, double ahead, double below, double above) =>
        stage.Shape(colour, At(behind, above), At(ahead, above), At(ahead, below), At(behind, below));
}
