using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// What a norm multiplies with and adds to each sample's channels: its own weight and bias, scaled and shifted by the timestep where that is
/// asked for, either a whole sample alike or each of its segments (frames, or their audio) by a timestep of its own.
/// </summary>
internal sealed unsafe class NormGain
{
    private readonly int _channels;
    private readonly float[] _weight;
    private readonly float[] _bias;
    private readonly float[]? _modulation;
    private readonly long[] _shape;

    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">float32 [N,2C] or [N,S,2C], scale and shift side by side; null for neither.</param>
    internal NormGain(Tensor weight, Tensor bias, Tensor? modulation)
    {
        (_weight, _bias, _modulation) = (Read(weight), Read(bias), modulation is null ? null : Read(modulation));
        _channels = _weight.Length;
        _shape = modulation?.shape ?? [];
        Segments = _shape.Length == 3 ? (int)_shape[1] : 1;
    }

    /// <summary>Segments of a sample that are scaled and shifted each on its own, S: 1 where a sample is modulated as a whole.</summary>
    internal int Segments { get; }

    /// <summary>What the channel of a segment is multiplied by.</summary>
    internal float Factor(int sample, int segment, int channel) => Scale(sample * Segments + segment, channel) * _weight[channel];

    /// <summary>With a sample's statistics, norm(x)·gain + bias = x·scale + shift, for each segment.</summary>
    /// <param name="statistics">Of all samples.</param>
    /// <param name="sample">Which.</param>
    /// <param name="scale">[S,C]</param>
    /// <param name="shift">[S,C]</param>
    internal void Fold(NormStatistics statistics, int sample, float* scale, float* shift)
    {
        for (var segment = 0; segment < Segments; segment++, scale += _channels, shift += _channels)
            FoldSegment(statistics, sample, sample * Segments + segment, scale, shift);
    }

    private void FoldSegment(NormStatistics statistics, int sample, int row, float* scale, float* shift)
    {
        var perGroup = _channels / statistics.Groups;
        for (var group = 0; group < statistics.Groups; group++)
        {
            var (mean, inverse) = (statistics.Mean[sample * statistics.Groups + group], statistics.InverseDeviation[sample * statistics.Groups + group]);
            for (var c = group * perGroup; c < (group + 1) * perGroup; c++)
            {
                var factor = Scale(row, c) * _weight[c] * inverse;
                scale[c] = (float)factor;
                shift[c] = (float)(Scale(row, c) * _bias[c] + Shift(row, c) - mean * factor);
            }
        }
    }

    /// <summary>The gradient of the modulation, and those of weight and bias, which are added to what is there: from those of each segment's factors and summands.</summary>
    /// <param name="factors">[N*S*C]</param>
    /// <param name="summands">[N*S*C]</param>
    /// <param name="samples">N.</param>
    /// <param name="weight">[C]</param>
    /// <param name="bias">[C]</param>
    /// <returns>Shaped as the modulation; null without one.</returns>
    internal Tensor? Differentiate(ReadOnlySpan<float> factors, ReadOnlySpan<float> summands, int samples, float* weight, float* bias)
    {
        var ofModulation = _modulation is null ? null : empty(_shape);
        var modulation = ofModulation is null ? null : Memory.Of<float>(ofModulation);
        for (var row = 0; row < samples * Segments; row++)
        {
            var ofFactors = factors.Slice(row * _channels, _channels);
            var ofSummands = summands.Slice(row * _channels, _channels);
            for (var c = 0; c < _channels; c++)
            {
                var scale = Scale(row, c);
                weight[c] += ofFactors[c] * scale;
                bias[c] += ofSummands[c] * scale;
                if (modulation == null) continue;
                modulation[2 * row * _channels + c] = ofFactors[c] * _weight[c] + ofSummands[c] * _bias[c];
                modulation[(2 * row + 1) * _channels + c] = ofSummands[c];
            }
        }
        return ofModulation;
    }

    private float Scale(int row, int channel) => _modulation is null ? 1 : 1 + _modulation[2 * row * _channels + channel];

    private float Shift(int row, int channel) => _modulation is null ? 0 : _modulation[(2 * row + 1) * _channels + channel];

    private static float[] Read(Tensor tensor)
    {
        using var whole = tensor.contiguous();
        return new ReadOnlySpan<float>(Memory.Of<float>(whole), (int)tensor.numel()).ToArray();
    }
}
