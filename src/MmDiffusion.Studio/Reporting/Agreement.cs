namespace MmDiffusion.Studio.Reporting;

/// <summary>How far raters agree.</summary>
/// <param name="Question">Name of the question.</param>
/// <param name="Scale">How far apart two answers are: nominal or ordinal.</param>
/// <param name="Alpha">Krippendorff's α; null where there is nothing to compare.</param>
public sealed record Agreement(string Question, string Scale, double? Alpha);
