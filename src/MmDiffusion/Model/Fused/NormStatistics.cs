namespace MmDiffusion.Model;

/// <summary>Mean and 1/standard deviation of each sample's groups, in the order of the samples.</summary>
/// <param name="samples">N.</param>
/// <param name="groups">Groups of a sample.</param>
internal sealed class NormStatistics(int samples, int groups)
{
    /// <summary>Groups of a sample.</summary>
    internal int Groups => groups;

    /// <summary>[N*groups]</summary>
    internal double[] Mean { get; } = new double[samples * groups];

    /// <summary>[N*groups]</summary>
    internal double[] InverseDeviation { get; } = new double[samples * groups];
}
