namespace MmDiffusion.Evaluation.Measures;

/// <summary>A place in a plane.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
public sealed record Point(double X, double Y);
