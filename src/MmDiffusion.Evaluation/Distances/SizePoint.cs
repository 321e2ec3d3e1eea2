namespace MmDiffusion.Evaluation.Distances;

/// <summary>A distance at a number of clips.</summary>
/// <param name="Clips">Clips of each set; where their numbers differ, of the smaller one.</param>
/// <param name="Value">The mean distance of such parts of the sets.</param>
public sealed record SizePoint(int Clips, double Value);
