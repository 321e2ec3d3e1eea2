using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A dancer on a stage who takes a new pose on each beat, as the lights change.</summary>
internal sealed class DanceScene : Scene
{
    private enum Backdrop
    {
        Curtain,
        Disc,
        Bars,
    }

    private const int Bars = 9;
    private static readonly Envelope Flash = new(0, 0.22);
    private static readonly double[] Scale = [1, 1.2, 1.3333, 1.5, 1.8];

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly DancePose[] _poses;
    private readonly double[] _hues;
    private readonly bool[] _claps;
    private readonly double[] _notes;
    private readonly double[] _heights;
    private readonly Dancer _dancer;
    private readonly Backdrop _backdrop;
    private readonly bool _audience;
    private readonly double _width;
    private readonly double _x;
    private readonly double _floor;
    private readonly double _size;
    private readonly double _kick;
    private readonly double _backlight;

    internal DanceScene(Timeline timeline, double width, SceneRandom random)
    {
        (_timeline, _width) = (timeline, width);
        var beat = random.Uniform(0.4, 0.62);
        var syncopation = random.Uniform(0.1, 0.5);
        _events = timeline.Schedule(random, () => random.Chance(syncopation) ? beat * 1.5 : beat, random.Uniform(0, beat));
        var clapEvery = 2 + random.Integer(2);
        _claps = [.. _events.Select((_, i) => i % clapEvery == clapEvery - 1)];
        _poses = new DancePose[_events.Count + 1];
        for (var i = 0; i < _poses.Length; i++) _poses[i] = DancePose.Other(i == 0 ? null : _poses[i - 1], random);
        var (first, second) = (random.Uniform(), random.Uniform(0.25, 0.5));
        _hues = [.. _poses.Select((_, i) => first + (i % 2 == 0 ? 0 : second))];
        var root = random.Uniform(190, 330);
        _notes = [.. _events.Select(_ => root * Scale[random.Integer(Scale.Length)])];
        _heights = [.. Enumerable.Range(0, Bars * _poses.Length).Select(_ => random.Uniform(0.25, 1))];
        _dancer = new Dancer(random);
        _backdrop = (Backdrop)random.Integer(3);
        _audience = random.Chance(0.35);
        _x = width * random.Uniform(0.42, 0.58);
        _floor = _audience ? random.Uniform(0.85, 0.88) : random.Uniform(0.88, 0.92);
        _size = random.Uniform(0.8, 0.88);
        _kick = random.Uniform(75, 120);
        _backlight = random.Uniform(0.24, 0.36);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flash = Flash.Shown(_events, start, end);
        var beats = 0;
        while (beats < _events.Count && _events[beats].Time < end) beats++;
        var (hue, light) = (_hues[beats], Colours.Hsv(_hues[beats], 0.55, 1));
        stage.Sky(
            Colours.Hsv(hue, 0.85, _backlight * (0.35 + 0.4 * flash)),
            Colours.Hsv(hue + 0.04, 0.8, _backlight * (1 + 1.1 * flash)),
            0,
            (float)_floor);
        DrawBackdrop(stage, beats, hue, flash);
        stage.Ground((float)_floor - 0.05f, Colours.Hsv(hue, 0.5, 0.3 + 0.35 * flash), Colours.Hsv(hue, 0.6, 0.12));
        for (var side = -1; side <= 1; side += 2)
        {
            var from = Landscape.Point(_width / 2 + side * 0.55, -0.15);
            stage.Beam(
                from,
                Landscape.Point(_x - 0.22, _floor),
                Landscape.Point(_x + 0.22, _floor),
                side < 0 ? light : Colours.Hsv(hue + 0.12, 0.5, 1),
                0.22 + 0.3 * flash);
        }
        stage.Glow(_x, _floor + 0.01, 0.38, light, 0.45 + 0.45 * flash, 0.22);
        stage.Puff(_x, _floor + 0.005, 0.25 * _size, 0.045, SKColors.Black, 0.6);
        // Knees give a little between the beats.
        var next = beats < _events.Count ? Math.Clamp(1 - (_events[beats].Time - now) * 5, 0, 1) * 0.18 : 0;
        var pose = beats < _events.Count ? _poses[beats].Towards(_poses[beats + 1], next) : _poses[beats];
        _dancer.Draw(stage, pose, _x, _floor, _size, 0.015 * (1 - flash), light, flash);
        if (_audience) DrawAudience(stage, flash);
    }

    internal override void Audio(AudioTrack track)
    {
        for (var i = 0; i < _events.Count; i++)
        {
            var (time, strength) = _events[i];
            if (_claps[i]) track.Noise(time, new Envelope(0.001, 0.07), 0.4 * strength, 600, 4000);
            else track.Tone(time, _kick * 2.2, 0.12, 0.8 * strength, 0.5);
            track.Tone(time, _notes[i], 0.1, 0.22 * strength);
            track.Tone(time, _notes[i] * 2, 0.08, 0.1 * strength);
            track.Noise(time, new Envelope(0.001, 0.008), 0.2 * strength, 1500, 6000);
        }
    }

    private void DrawBackdrop(Stage stage, int beats, double hue, double flash)
    {
        stage.Layer(0.6);
        switch (_backdrop)
        {
            case Backdrop.Curtain:
                var folds = new SKPoint[2 * 8];
                for (var i = 0; i < 8; i++)
                {
                    var x = _width / 2 + (i < 4 ? -1 : 1) * (0.28 + 0.11 * (i % 4));
                    (folds[2 * i], folds[2 * i + 1]) = (Landscape.Point(x, -0.2), Landscape.Point(x, _floor));
                }
                stage.Strokes(0.07, Colours.Hsv(hue + 0.02, 0.85, _backlight * (0.9 + 1.2 * flash)), folds);
                stage.Glow(_x, 0.42, 0.5, Colours.Hsv(hue, 0.5, 1), 0.15 + 0.35 * flash);
                break;
            case Backdrop.Disc:
                stage.Glow(_x, 0.4, 0.62, Colours.Hsv(hue + 0.05, 0.6, 1), 0.3 + 0.4 * flash);
                stage.Disc(_x, 0.4, 0.34, Colours.Hsv(hue + 0.05, 0.65, 0.42 + 0.45 * flash));
                break;
            default:
                var bars = new SKPoint[2 * Bars];
                for (var i = 0; i < Bars; i++)
                {
                    var x = _width / 2 + 0.13 * (i - Bars / 2);
                    var height = 0.12 + 0.55 * _heights[beats * Bars + i] * (0.35 + 0.65 * flash);
                    (bars[2 * i], bars[2 * i + 1]) = (Landscape.Point(x, _floor - 0.1), Landscape.Point(x, _floor - 0.1 - height));
                }
                stage.Strokes(0.07, Colours.Hsv(hue + 0.1, 0.75, 0.5 + 0.4 * flash), bars);
                break;
        }
        stage.Layer(1);
    }

    private void DrawAudience(Stage stage, double flash)
    {
        stage.Layer(1.4);
        stage.Ovals(SKColors.Black, [.. Enumerable.Range(0, 14).Select(i =>
        {
            var (x, y) = (_width * (i / 2 + 0.3 + 0.4 * _heights[i / 2]) / 7, 0.965 - 0.03 * _heights[i / 2] - 0.025 * flash);
            return i % 2 == 0 ? (x, y, 0.06, 0.065) : (x, y + 0.12, 0.11, 0.085);
        })]);
    }
}

/// <summary>An arm or a leg: its two halves' angles from straight down, positive to the right.</summary>
internal readonly record struct DanceLimb(double Upper, double Lower)
{
    /// <summary>Where hand or foot are from the body, for halves of a length.</summary>
    internal (double X, double Y) Reach(double length) =>
        (length * (Math.Sin(Upper) + Math.Sin(Lower)), length * (Math.Cos(Upper) + Math.Cos(Lower)));

    internal DanceLimb Mirrored() => new(-Upper, -Lower);

    internal DanceLimb Towards(DanceLimb other, double share) =>
        new(Upper + (other.Upper - Upper) * share, Lower + (other.Lower - Lower) * share);
}

/// <summary>How a dancer holds the limbs. Angles are from straight down, positive to the right.</summary>
internal sealed record DancePose(double Lean, DanceLimb LeftArm, DanceLimb RightArm, DanceLimb LeftLeg, DanceLimb RightLeg)
{
    private static readonly DancePose[] Poses =
    [
        new(0, new(-2.5, -2.8), new(2.5, 2.8), new(-0.5, -0.3), new(0.5, 0.3)), // Both arms up, legs apart.
        new(0.15, new(-1.2, -2.7), new(0.9, 2.2), new(-0.2, 0.1), new(0.95, 0.15)), // A knee to the right.
        new(0.1, new(-0.75, 0.8), new(2.45, 2.7), new(-0.45, -0.15), new(0.45, 0.1)), // Hand on a hip, the other to the ceiling.
        new(0, new(-1.57, -1.57), new(1.57, 1.57), new(-0.3, -0.15), new(0.3, 0.15)), // Arms wide.
        new(0, new(-0.75, 0.9), new(0.75, -0.9), new(-0.85, 0.3), new(0.85, -0.3)), // Both hands on the hips, knees bent.
        new(-0.25, new(-2.3, -2.3), new(1.0, 0.9), new(-0.25, -0.15), new(1.25, 1.05)), // A kick.
        new(0.12, new(-1.3, -2.9), new(1.3, 0.1), new(-0.6, -0.1), new(0.5, 0.3)), // An arm up, an arm down.
        new(0.3, new(-1.9, -1.9), new(1.25, 1.25), new(-0.75, -0.65), new(0.5, -0.1)), // A lunge.
    ];

    /// <summary>Any pose but the one before, one way round or the other.</summary>
    internal static DancePose Other(DancePose? before, SceneRandom random)
    {
        var others = Poses.Where(pose => pose != before && pose.Mirrored() != before).ToArray();
        var pose = others[random.Integer(others.Length)];
        return random.Chance(0.5) ? pose : pose.Mirrored();
    }

    /// <summary>So much of the way to another pose, 0 … 1.</summary>
    internal DancePose Towards(DancePose other, double share) => share <= 0 ? this : new DancePose(
        Lean + (other.Lean - Lean) * share, LeftArm.Towards(other.LeftArm, share), RightArm.Towards(other.RightArm, share),
        LeftLeg.Towards(other.LeftLeg, share), RightLeg.Towards(other.RightLeg, share));

    private DancePose Mirrored() => new(-Lean, RightArm.Mirrored(), LeftArm.Mirrored(), RightLeg.Mirrored(), LeftLeg.Mirrored());
}
