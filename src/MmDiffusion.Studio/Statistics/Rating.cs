namespace MmDiffusion.Studio.Statistics;

/// <summary>One number that a rater gave to a clip.</summary>
/// <param name="Rater">Name of the rater.</param>
/// <param name="Clip">Name of the clip, different for different systems.</param>
/// <param name="Value">The number.</param>
internal readonly record struct Rating(string Rater, string Clip, double Value);
