namespace MmDiffusion.Data.Scenes;

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
