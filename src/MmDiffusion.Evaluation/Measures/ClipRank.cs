namespace MmDiffusion.Evaluation.Measures;

/// <summary>How real a generated clip looks and sounds to the extractors.</summary>
/// <param name="Path">The file.</param>
/// <param name="Score">How much farther it is from its five nearest real clips than real clips are from theirs: 1 is as near as they are; the mean over picture and sound.</param>
/// <param name="Alignment">How often its own sound fits better than another clip's.</param>
public sealed record ClipRank(string Path, double Score, double Alignment);
