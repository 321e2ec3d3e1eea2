namespace MmDiffusion.Evaluation.Distances;

/// <summary>A distance of two sets of clips, and how far it can be trusted.</summary>
/// <param name="Value">Of all clips. It is larger than that of infinitely many, the more so the fewer there are, unless the estimate is without bias.</param>
/// <param name="Interval">The 95% interval of what as many other clips would give.</param>
/// <param name="AtInfinity">What infinitely many clips would give, by a straight line in 1/N through N and N/2 clips.</param>
/// <param name="AtInfinityInterval">Its 95% interval; holds 0 where both sets may come from one source.</param>
/// <param name="BySize">The distance of fewer clips, ascending by their number; the last is <paramref name="Value"/>.</param>
public sealed record DistanceEstimate(double Value, Interval Interval, double AtInfinity, Interval AtInfinityInterval, IReadOnlyList<SizePoint> BySize)
{
    /// <summary>The same in another unit.</summary>
    internal DistanceEstimate Times(double scale) => new(
        Value * scale, Interval.Times(scale), AtInfinity * scale, AtInfinityInterval.Times(scale), [.. BySize.Select(point => point with { Value = point.Value * scale })]);
}
