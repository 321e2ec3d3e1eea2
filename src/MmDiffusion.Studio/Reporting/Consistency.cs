namespace MmDiffusion.Studio.Reporting;

/// <summary>How far raters agree with themselves, on clips that they were shown twice.</summary>
/// <param name="Repeats">Answers to such clips.</param>
/// <param name="SameShare">Share of single questions answered the same, 0 to 1; null without repeats.</param>
/// <param name="MeanDifference">Mean distance of second from first answers; null without repeats.</param>
public sealed record Consistency(int Repeats, double? SameShare, double? MeanDifference);
