namespace MmDiffusion.Studio.Statistics;

/// <summary>Bounds of a confidence interval.</summary>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
public readonly record struct Interval(double Low, double High);
