namespace MmDiffusion.Model;

/// <summary>Folds mean, deviation, gain and bias of each sample's channels into a factor and a summand.</summary>
internal static class NormFactors
{
    /// <summary>norm(x)·gain + bias = x·scale + shift.</summary>
    internal static void Fill(NormShape shape, NormStatistics statistics, NormGain gain, float[] scale, float[] shift)
    {
        for (var i = 0; i < shape.Samples * shape.Channels; i++)
        {
            var group = shape.GroupAt(i / shape.Channels, i % shape.Channels);
            var factor = gain.Gain[i] * statistics.InverseDeviation[group];
            scale[i] = (float)factor;
            shift[i] = (float)(gain.Bias[i] - statistics.Mean[group] * factor);
        }
    }
}
