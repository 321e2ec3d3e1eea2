namespace MmDiffusion.Studio.Reporting;

/// <summary>A rater whose answers the rules leave out.</summary>
/// <param name="Rater">Number in the order of joining.</param>
/// <param name="Reasons">Every rule that applies, as a sentence.</param>
public sealed record ExcludedRater(int Rater, IReadOnlyList<string> Reasons);
