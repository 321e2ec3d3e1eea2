namespace MmDiffusion.Model;

/// <summary>Mean and 1/standard deviation of each sample's groups, in the order of the samples.</summary>
/// <param name="Groups">Groups of a sample.</param>
/// <param name="Mean">[N*groups]</param>
/// <param name="InverseDeviation">[N*groups]</param>
internal sealed record NormStatistics(int Groups, double[] Mean, double[] InverseDeviation);
