using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>What a norm multiplies with and adds to each sample's channels: its own weight and bias, scaled and shifted by the timestep where that is asked for.</summary>
internal sealed unsafe class NormGain
{
    private readonly int _channels;
    private readonly float[] _weight;
    private readonly float[] _bias;
    private readonly float[]? _modulation;

    /// <param name="samples">N.</param>
    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">float32 [N,2C], scale and shift side by side; null for neither.</param>
    internal NormGain(int samples, Tensor weight, Tensor bias, Tensor? modulation)
    {
        (_weight, _bias, _modulation) = (Read(weight), Read(bias), modulation is null ? null : Read(modulation));
        _channels = _weight.Length;
        (Gain, Bias) = (new float[samples * _channels], new float[samples * _channels]);
        for (var i = 0; i < Gain.Length; i++)
        {
            var (c, scale) = (i % _channels, 1 + Scale(i));
            (Gain[i], Bias[i]) = (scale * _weight[c], scale * _bias[c] + Shift(i));
        }
    }

    /// <summary>Factors, [N*C].</summary>
    internal float[] Gain { get; }

    /// <summary>Summands, [N*C].</summary>
    internal float[] Bias { get; }

    /// <summary>The gradients of weight, bias and modulation, from those of <see cref="Gain"/> and <see cref="Bias"/>.</summary>
    internal (Tensor Weight, Tensor Bias, Tensor? Modulation) Gradients(float[] gain, float[] bias)
    {
        var (ofWeight, ofBias, ofModulation) = (new float[_channels], new float[_channels], _modulation is null ? null : new float[_modulation.Length]);
        for (var i = 0; i < gain.Length; i++)
        {
            var (c, scale) = (i % _channels, 1 + Scale(i));
            ofWeight[c] += gain[i] * scale;
            ofBias[c] += bias[i] * scale;
            if (ofModulation is null) continue;
            ofModulation[ScaleAt(i)] = gain[i] * _weight[c] + bias[i] * _bias[c];
            ofModulation[ScaleAt(i) + _channels] = bias[i];
        }
        return (tensor(ofWeight), tensor(ofBias), ofModulation is null ? null : tensor(ofModulation, [ofModulation.Length / 2 / _channels, 2L * _channels]));
    }

    private float Scale(int i) => _modulation is null ? 0 : _modulation[ScaleAt(i)];

    private float Shift(int i) => _modulation is null ? 0 : _modulation[ScaleAt(i) + _channels];

    private int ScaleAt(int i) => i / _channels * 2 * _channels + i % _channels;

    private static float[] Read(Tensor tensor)
    {
        using var whole = tensor.contiguous();
        return new ReadOnlySpan<float>(Memory.Of<float>(whole), (int)tensor.numel()).ToArray();
    }
}
