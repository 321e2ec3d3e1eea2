using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>What a norm multiplies with and adds to each sample's channels: its own weight and bias, scaled and shifted by the timestep where that is asked for.</summary>
internal sealed unsafe class NormGain
{
    private readonly int _channels;
    private readonly float[] _weight;
    private readonly float[] _bias;
    private readonly float[]? _modulation;

    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">float32 [N,2C], scale and shift side by side; null for neither.</param>
    internal NormGain(Tensor weight, Tensor bias, Tensor? modulation)
    {
        (_weight, _bias, _modulation) = (Read(weight), Read(bias), modulation is null ? null : Read(modulation));
        _channels = _weight.Length;
    }

    /// <summary>What a sample's channel is multiplied by.</summary>
    internal float Factor(int sample, int channel) => Scale(sample, channel) * _weight[channel];

    /// <summary>With a sample's statistics, norm(x)·gain + bias = x·scale + shift.</summary>
    /// <param name="statistics">Of all samples.</param>
    /// <param name="sample">Which.</param>
    /// <param name="scale">[C]</param>
    /// <param name="shift">[C]</param>
    internal void Fold(NormStatistics statistics, int sample, float* scale, float* shift)
    {
        var perGroup = _channels / statistics.Groups;
        for (var group = 0; group < statistics.Groups; group++)
        {
            var (mean, inverse) = (statistics.Mean[sample * statistics.Groups + group], statistics.InverseDeviation[sample * statistics.Groups + group]);
            for (var c = group * perGroup; c < (group + 1) * perGroup; c++)
            {
                var factor = Factor(sample, c) * inverse;
                scale[c] = (float)factor;
                shift[c] = (float)(Scale(sample, c) * _bias[c] + Shift(sample, c) - mean * factor);
            }
        }
    }

    /// <summary>The gradient of the modulation, and those of weight and bias, which are added to what is there: from those of each sample's factors and summands.</summary>
    /// <param name="factors">[N*C]</param>
    /// <param name="summands">[N*C]</param>
    /// <param name="samples">N.</param>
    /// <param name="weight">[C]</param>
    /// <param name="bias">[C]</param>
    /// <returns>[N,2C], or null.</returns>
    internal Tensor? Differentiate(ReadOnlySpan<float> factors, ReadOnlySpan<float> summands, int samples, float* weight, float* bias)
    {
        var ofModulation = _modulation is null ? null : empty(samples, 2L * _channels);
        var modulation = ofModulation is null ? null : Memory.Of<float>(ofModulation);
        for (var sample = 0; sample < samples; sample++)
        {
            var ofFactors = factors.Slice(sample * _channels, _channels);
            var ofSummands = summands.Slice(sample * _channels, _channels);
            for (var c = 0; c < _channels; c++)
            {
                var scale = Scale(sample, c);
                weight[c] += ofFactors[c] * scale;
                bias[c] += ofSummands[c] * scale;
                if (modulation == null) continue;
                modulation[2 * sample * _channels + c] = ofFactors[c] * _weight[c] + ofSummands[c] * _bias[c];
                modulation[(2 * sample + 1) * _channels + c] = ofSummands[c];
            }
        }
        return ofModulation;
    }

    private float Scale(int sample, int channel) => _modulation is null ? 1 : 1 + _modulation[2 * sample * _channels + channel];

    private float Shift(int sample, int channel) => _modulation is null ? 0 : _modulation[(2 * sample + 1) * _channels + channel];

    private static float[] Read(Tensor tensor)
    {
        using var whole = tensor.contiguous();
        return new ReadOnlySpan<float>(Memory.Of<float>(whole), (int)tensor.numel()).ToArray();
    }
}
