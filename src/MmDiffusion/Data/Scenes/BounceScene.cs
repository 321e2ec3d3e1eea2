using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Balls that bounce on a floor, which lights up where they hit it.</summary>
internal sealed class BounceScene : Scene
{
    private const double FlashHalfLife = 0.07;

    private readonly List<Ball> _balls;
    private readonly double _floor;
    private readonly double _hue;
    private readonly bool _bright;

    internal BounceScene(SceneRandom random, double duration)
    {
        _floor = random.Between(0.72, 0.82);
        _hue = random.Between(0, 360);
        _bright = random.Next() < 0.5;
        _balls = [.. Enumerable.Range(0, random.Next() < 0.65 ? 1 : 2).Select(i => new Ball(random.Fork($"ball {i}"), _floor, duration))];
        Events = [.. _balls.SelectMany(ball => ball.Hits).Order()];
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var echo = Echo(time, FlashHalfLife);
        var sky = _bright ? 0.75 : 0.25;
        Gradient(canvas, Colour(_hue, 0.5, sky), Colour(_hue + 30, 0.35, sky + 0.12 + 0.2 * echo), -0.2, _floor);
        Gradient(canvas, Colour(_hue + 180, 0.35, 0.3 + 0.55 * echo), Colour(_hue + 200, 0.5, 0.12 + 0.4 * echo), _floor, 1.2);
        foreach (var ball in _balls) ball.Draw(canvas, time, _floor);
    }

    internal override void Play(SoundTrack track)
    {
        foreach (var ball in _balls) ball.Play(track);
    }

    private sealed class Ball
    {
        private readonly double _radius;
        private readonly double _period;
        private readonly double _phase;
        private readonly double _height;
        private readonly double _x;
        private readonly double _speed;
        private readonly double _hue;
        private readonly SceneRandom _noise;

        internal Ball(SceneRandom random, double floor, double duration)
        {
            _radius = random.Between(0.08, 0.17);
            _period = random.Between(0.42, 0.8);
            _phase = random.Next();
            _height = Math.Min(random.Between(0.8, 1.2) * _period * _period, floor - 2.2 * _radius);
            _x = random.Between(0.2, 0.8);
            _speed = random.Between(-0.35, 0.35);
            _hue = random.Between(0, 360);
            _noise = random.Fork("noise");
            Hits = [.. Enumerable.Range(0, (int)Math.Ceiling(duration / _period) + 2).Select(i => (i - _phase) * _period)];
        }

        internal IReadOnlyList<double> Hits { get; }

        internal void Draw(SKCanvas canvas, double time, double floor)
        {
            var phase = time / _period + _phase;
            phase -= Math.Floor(phase);
            var since = phase * _period;
            var swing = 2 * phase - 1;
            var squash = 1 - 0.35 * Math.Pow(0.5, since / 0.05) - 0.35 * Math.Pow(0.5, (1 - phase) * _period / 0.02);
            var (x, y) = (Reflect(_x + _speed * time), floor - _radius * squash - _height * (1 - swing * swing));
            var glow = Math.Pow(0.5, since / FlashHalfLife);
            Glow(canvas, x, floor, 0.45, Colour(_hue, 0.4, 1, 0.9 * glow));
            using var shadow = Fill(SKColors.Black.WithAlpha(70));
            canvas.DrawOval((float)x, (float)(floor + 0.03), (float)_radius, (float)(_radius * 0.25), shadow);
            using var body = Fill(Colour(_hue, 0.8, 0.95));
            canvas.DrawOval((float)x, (float)y, (float)(_radius / Math.Sqrt(squash)), (float)(_radius * squash), body);
            using var light = Fill(Colour(_hue, 0.25, 1, 0.8));
            canvas.DrawOval((float)(x - _radius * 0.35), (float)(y - _radius * 0.35 * squash), (float)(_radius * 0.28), (float)(_radius * 0.22), light);
        }

        internal void Play(SoundTrack track)
        {
            var frequency = 55 / _radius;
            foreach (var hit in Hits)
            {
                track.Tone(hit, frequency, 0.06, 1);
                track.Tone(hit, 2.76 * frequency, 0.03, 0.4);
                track.Burst(hit, 0.008, 0.25, 0.5, _noise);
            }
        }

        /// <summary>Keeps a place within the walls by turning it back at them.</summary>
        private double Reflect(double x)
        {
            var wall = _radius + 0.08; // What the camera may cut off.
            var width = 1 - 2 * wall;
            var turned = (((x - wall) % (2 * width)) + 2 * width) % (2 * width);
            return wall + Math.Min(turned, 2 * width - turned);
        }
    }
}
