using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A figure on a stage that takes a new pose on each beat, as the lights change.</summary>
internal sealed class DanceScene : Scene
{
    private static readonly Envelope Flash = new(0, 0.22);

    private readonly Timeline _timeline;
    private readonly List<SceneEvent> _events;
    private readonly DancePose[] _poses;
    private readonly double[] _hues;
    private readonly bool[] _claps;
    private readonly double _x;
    private readonly double _floor;
    private readonly double _size;
    private readonly SKColor _body;
    private readonly double _kick;
    private readonly double _backlight;

    internal DanceScene(Timeline timeline, double width, SceneRandom random)
    {
        _timeline = timeline;
        var beat = random.Uniform(0.4, 0.62);
        var syncopation = random.Uniform(0.1, 0.5);
        _events = timeline.Schedule(random, () => random.Chance(syncopation) ? beat * 1.5 : beat, random.Uniform(0, beat));
        var clapEvery = 2 + random.Integer(2);
        _claps = [.. _events.Select((_, i) => i % clapEvery == clapEvery - 1)];
        _poses = new DancePose[_events.Count + 1];
        for (var i = 0; i < _poses.Length; i++) _poses[i] = DancePose.Other(i == 0 ? null : _poses[i - 1], random);
        var (first, second) = (random.Uniform(), random.Uniform(0.25, 0.5));
        _hues = [.. _poses.Select((_, i) => first + (i % 2 == 0 ? 0 : second))];
        _x = width * random.Uniform(0.38, 0.62);
        _floor = random.Uniform(0.86, 0.92);
        _size = random.Uniform(0.76, 0.92);
        _body = Colours.Hsv(first + second / 2 + 0.5, random.Uniform(0, 0.5), 1);
        _kick = random.Uniform(75, 120);
        _backlight = random.Uniform(0.28, 0.45);
    }

    internal override IReadOnlyList<SceneEvent> Events => _events;

    internal override void Draw(Stage stage, int frame)
    {
        var (start, end, now) = (_timeline.Start(frame), _timeline.End(frame), _timeline.Middle(frame));
        var flash = Flash.Shown(_events, start, end);
        var beats = 0;
        while (beats < _events.Count && _events[beats].Time < end) beats++;
        var hue = _hues[beats];
        stage.Sky(Colours.Hsv(hue, 0.8, _backlight * (0.5 + 0.5 * flash)), Colours.Hsv(hue + 0.04, 0.75, _backlight * (1.1 + 1.1 * flash)), 0, (float)_floor);
        stage.Glow(_x, 0.45, 0.6, Colours.Hsv(hue, 0.5, 1), 0.22 + 0.4 * flash);
        stage.Ground((float)_floor - 0.02f, Colours.Hsv(hue + 0.5, 0.6, 0.3 + 0.5 * flash), Colours.Hsv(hue + 0.5, 0.7, 0.2));
        stage.Oval(_x, _floor + 0.02, 0.24 * _size, 0.035, SKColors.Black.Faded(0.45));
        // Knees give a little after the beat.
        _poses[beats].Draw(stage, _x, _floor, _size, 0.02 * Math.Sin(6 * now), _body, flash);
    }

    internal override void Sound(SoundTrack track)
    {
        for (var i = 0; i < _events.Count; i++)
        {
            var (time, strength) = _events[i];
            if (_claps[i]) track.Noise(time, new Envelope(0.001, 0.07), 0.4 * strength, 600, 4000);
            else track.Tone(time, _kick * 2.2, 0.12, 0.8 * strength, 0.5);
            track.Noise(time, new Envelope(0.001, 0.008), 0.2 * strength, 1500, 6000);
        }
    }
}
