using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>How a figure holds its limbs. Angles are from straight down, positive to the right.</summary>
internal sealed record DancePose(double Lean, DanceLimb LeftArm, DanceLimb RightArm, DanceLimb LeftLeg, DanceLimb RightLeg)
{
    private const double Torso = 0.25;
    private const double Arm = 0.15;
    private const double Leg = 0.18;
    private const double HeadRadius = 0.085;

    private static readonly DancePose[] Poses =
    [
        new(0, new(-2.5, -2.8), new(2.5, 2.8), new(-0.45, -0.3), new(0.45, 0.3)),
        new(0.18, new(-1.6, -2.9), new(0.9, 2.2), new(-0.15, 0.1), new(0.9, 0.1)),
        new(-0.18, new(-0.9, -2.2), new(1.6, 2.9), new(-0.9, -0.1), new(0.15, -0.1)),
        new(0, new(-1.5, -1.5), new(1.5, 1.5), new(-0.2, -0.05), new(0.2, 0.05)),
        new(0.1, new(-0.7, 0.9), new(0.7, -0.9), new(-0.75, 0.35), new(0.75, -0.35)),
        new(-0.25, new(-2.3, -2.3), new(1.0, 0.9), new(-0.3, -0.2), new(1.2, 1.0)),
        new(0.25, new(-1.0, -0.9), new(2.3, 2.3), new(-1.2, -1.0), new(0.3, 0.2)),
    ];

    /// <summary>Any pose but the one before.</summary>
    internal static DancePose Other(DancePose? before, SceneRandom random)
    {
        var others = Poses.Where(pose => pose != before).ToArray();
        return others[random.Integer(others.Length)];
    }

    /// <summary>Draws the figure standing on the floor.</summary>
    internal void Draw(Stage stage, double x, double floor, double size, double bend, SKColor colour, double flash)
    {
        var (left, right) = (LeftLeg.Reach(Leg), RightLeg.Reach(Leg));
        var hip = Point(x, floor - size * (Math.Max(left.Y, right.Y) - bend) - 0.03);
        var neck = Point(hip.X + size * Torso * Math.Sin(Lean), hip.Y - size * Torso * Math.Cos(Lean));
        var shoulders = Point(neck.X, neck.Y + size * 0.045);
        var bright = colour.Towards(SKColors.White, flash);
        var shade = bright.Towards(SKColors.Black, 0.18);
        DrawLimb(stage, LeftLeg, hip, Leg * size, 0.07 * size, shade);
        DrawLimb(stage, RightLeg, hip, Leg * size, 0.07 * size, bright);
        stage.Line(0.11 * size, bright, hip, shoulders);
        DrawLimb(stage, LeftArm, shoulders, Arm * size, 0.058 * size, shade);
        DrawLimb(stage, RightArm, shoulders, Arm * size, 0.058 * size, bright);
        stage.Disc(neck.X + size * HeadRadius * Math.Sin(Lean), neck.Y - size * HeadRadius * 0.95, size * HeadRadius, bright);
    }

    private static void DrawLimb(Stage stage, DanceLimb limb, SKPoint from, double length, double width, SKColor colour)
    {
        var joint = Point(from.X + length * Math.Sin(limb.Upper), from.Y + length * Math.Cos(limb.Upper));
        var tip = limb.Reach(length);
        stage.Line(width, colour, from, joint, Point(from.X + tip.X, from.Y + tip.Y));
    }

    private static SKPoint Point(double x, double y) => new((float)x, (float)y);
}
