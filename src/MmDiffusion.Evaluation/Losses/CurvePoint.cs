namespace MmDiffusion.Evaluation.Losses;

/// <summary>A loss at a step of a training run.</summary>
/// <param name="Step">Steps made.</param>
/// <param name="Loss">The training loss.</param>
public readonly record struct CurvePoint(long Step, double Loss);
