namespace MmDiffusion.Data.Scenes;

/// <summary>An arm or a leg: its two halves' angles from straight down, positive to the right.</summary>
internal readonly record struct DanceLimb(double Upper, double Lower)
{
    /// <summary>Where hand or foot are from the body, for halves of a length.</summary>
    internal (double X, double Y) Reach(double length) =>
        (length * (Math.Sin(Upper) + Math.Sin(Lower)), length * (Math.Cos(Upper) + Math.Cos(Lower)));

    internal DanceLimb Mirrored() => new(-Upper, -Lower);

    internal DanceLimb Towards(DanceLimb other, double share) => new(Upper + (other.Upper - Upper) * share, Lower + (other.Lower - Lower) * share);
}
