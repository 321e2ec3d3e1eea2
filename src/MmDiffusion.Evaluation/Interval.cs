namespace MmDiffusion.Evaluation;

/// <summary>Where a measured value may lie.</summary>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end.</param>
public sealed record Interval(double Lower, double Upper);
