namespace MmDiffusion.Evaluation;

/// <summary>Where a measured value may lie.</summary>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end.</param>
public sealed record Interval(double Lower, double Upper)
{
    /// <summary>Whether a value may be the true one.</summary>
    public bool Contains(double value) => value >= Lower && value <= Upper;

    /// <summary>The same in another unit.</summary>
    internal Interval Times(double scale) => new(Lower * scale, Upper * scale);
}
