namespace MmDiffusion.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Stage">What is done: "reading real clips".</param>
/// <param name="Done">How many are done of this stage.</param>
/// <param name="Total">How many there are to do.</param>
/// <param name="Unit">What is counted, in the singular.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total, string Unit);
