namespace MmDiffusion.Evaluation.Measures;

/// <summary>A value and how far it can be trusted.</summary>
/// <param name="Score">Of all clips.</param>
/// <param name="Interval">The 95% interval, by bootstrap over clips.</param>
/// <param name="Clips">How many.</param>
public sealed record Measure(double Score, Interval Interval, int Clips);
