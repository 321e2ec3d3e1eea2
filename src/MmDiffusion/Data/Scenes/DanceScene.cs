using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>A figure on a stage that takes a new pose on every beat, when the light changes too.</summary>
internal sealed class DanceScene : Scene
{
    // Time a figure takes from pose to pose: it stands still most of a beat.
    private const double Move = 0.09;

    private readonly double _hue;
    private readonly double _hueStep;
    private readonly double _skin;
    private readonly double _clothes;
    private readonly double _size;
    private readonly List<Pose> _poses;
    private readonly SceneRandom _noise;

    internal DanceScene(SceneRandom random, double duration)
    {
        var period = random.Between(0.36, 0.62);
        Events = random.Times(-period * random.Next() - 2 * period, period, period, duration);
        _poses = [.. Events.Select(_ => new Pose(random))];
        _hue = random.Between(0, 360);
        _hueStep = random.Between(60, 140);
        _skin = random.Between(0.45, 0.95);
        _clothes = random.Between(0, 360);
        _size = random.Between(0.72, 0.86);
        _noise = random.Fork("noise");
    }

    internal override IReadOnlyList<double> Events { get; }

    internal override void Draw(SKCanvas canvas, double time)
    {
        var beat = Math.Max(1, Events.Count(start => start <= time) - 1);
        var since = time - Events[beat];
        var (hue, echo) = (_hue + beat * _hueStep, Echo(time, 0.1));
        Gradient(canvas, Colour(hue, 0.7, 0.2 + 0.35 * echo), Colour(hue, 0.55, 0.4 + 0.45 * echo), -0.2, 0.8);
        Gradient(canvas, Colour(hue + 30, 0.5, 0.25 + 0.4 * echo), Colour(hue + 30, 0.6, 0.15), 0.8, 1.3);
        Glow(canvas, 0.5, 0.05, 0.8, Colour(hue + 20, 0.3, 1, 0.2 + 0.45 * echo));
        var share = Math.Clamp(since / Move, 0, 1);
        canvas.Save();
        canvas.Translate(0.5f, 0.86f);
        canvas.Scale((float)_size);
        Pose.Between(_poses[beat - 1], _poses[beat], share).Draw(canvas, Colour(25, 0.45, _skin), Colour(_clothes, 0.75, 0.9), Colour(_clothes + 150, 0.6, 0.45));
        canvas.Restore();
    }

    internal override void Play(SoundTrack track)
    {
        foreach (var (beat, number) in Events.Select((beat, number) => (beat, number)))
        {
            track.Tone(beat, 190, 0.045, 1, endFrequency: 48);
            track.Burst(beat, 0.015, number % 2 == 0 ? 0.25 : 0.55, 0.9, _noise);
            track.Tone(beat, 220 * Math.Pow(2, _noise.Whole(0, 7) / 12.0), 0.08, 0.25);
        }
    }

    /// <summary>Where the joints are, relative to the ground below the figure, in units of the picture.</summary>
    private readonly record struct Pose(double Hip, double Lean, double LeftHandX, double LeftHandY, double RightHandX, double RightHandY, double LeftFoot, double RightFoot)
    {
        internal Pose(SceneRandom random) : this(
            random.Between(-0.08, 0.08), random.Between(-0.08, 0.08),
            random.Between(-0.34, -0.1), random.Between(-0.85, -0.3), random.Between(0.1, 0.34), random.Between(-0.85, -0.3),
            random.Between(-0.24, -0.05), random.Between(0.05, 0.24))
        {
        }

        internal static Pose Between(Pose from, Pose to, double share)
        {
            return new(
                Mix(from.Hip, to.Hip), Mix(from.Lean, to.Lean), Mix(from.LeftHandX, to.LeftHandX), Mix(from.LeftHandY, to.LeftHandY),
                Mix(from.RightHandX, to.RightHandX), Mix(from.RightHandY, to.RightHandY), Mix(from.LeftFoot, to.LeftFoot), Mix(from.RightFoot, to.RightFoot));

            double Mix(double a, double b) => a + (b - a) * share;
        }

        internal void Draw(SKCanvas canvas, SKColor skin, SKColor shirt, SKColor trousers)
        {
            var (hip, neck) = (new SKPoint((float)Hip, -0.33f), new SKPoint((float)(Hip + Lean), -0.62f));
            using var leg = Line(trousers, 0.075);
            canvas.DrawLine(hip, new((float)LeftFoot, 0), leg);
            canvas.DrawLine(hip, new((float)RightFoot, 0), leg);
            using var arm = Line(skin, 0.055);
            canvas.DrawLine(neck.X, neck.Y + 0.04f, (float)(neck.X + LeftHandX), (float)LeftHandY, arm);
            canvas.DrawLine(neck.X, neck.Y + 0.04f, (float)(neck.X + RightHandX), (float)RightHandY, arm);
            using var body = Line(shirt, 0.13);
            canvas.DrawLine(hip, neck, body);
            using var head = Fill(skin);
            canvas.DrawCircle((float)(neck.X + Lean * 0.3), neck.Y - 0.12f, 0.085f, head);
        }
    }
}
