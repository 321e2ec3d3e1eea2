using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Group normalisation of features whose channels are last, scaled and shifted for each sample, or each segment of one, if asked, and SiLU behind
/// it if asked: what a residual block does between two convolutions, in two passes over memory.
/// </summary>
internal static class FusedNorm
{
    internal const double Epsilon = 1e-5;

    /// <summary>Norms, scales and shifts, activates.</summary>
    /// <param name="x">[N,…,C], float32 or bfloat16; statistics span everything between, and C/groups channels.</param>
    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">
    /// float32 [N,2C]: the norm is multiplied by 1 and the first C more, and the others are added; null for neither. [N,S,2C] for S segments of
    /// a sample, whose R rows between samples and channels are shared out in order: row i belongs to segment ⌊(i+½)·S/R⌋.
    /// </param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="owned">Whether nothing else uses x: then it may become the result, which saves as much memory again.</param>
    /// <param name="sums">Where gradients of weight and bias may be added; null for the graph.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu, bool owned = false, GradientSums? sums = null)
    {
        if (!IsFast(x)) return ApplyAsTensors(x, weight, bias, modulation, groups, silu);
        var differentiates = is_grad_enabled() && (x.requires_grad || weight.requires_grad || bias.requires_grad || modulation is { requires_grad: true });
        if (differentiates) return DifferentiableNorm.Apply(x, weight, bias, modulation, groups, silu, sums);
        using var scope = NewDisposeScope();
        x = x.contiguous();
        return Forward(x, new NormGain(weight, bias, modulation), groups, silu, owned ? x.alias() : null).Result.MoveToOuterDisposeScope();
    }

    /// <summary>The result, and the statistics [N,groups] that the way back needs.</summary>
    /// <param name="x">Contiguous.</param>
    /// <param name="gain">What follows.</param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="target">Where the result goes, which may be x itself; null for memory of its own.</param>
    internal static (Tensor Result, NormStatistics Statistics) Forward(Tensor x, NormGain gain, int groups, bool silu, Tensor? target = null)
    {
        var (shape, result) = (NormShape.Of(x, groups, gain.Segments), target ?? empty_like(x));
        var statistics = x.dtype == ScalarType.Float32
            ? NormForward<float, Float32Lanes>.Run(shape, x, gain, result, silu)
            : NormForward<ushort, BFloat16Lanes>.Run(shape, x, gain, result, silu);
        return (result, statistics);
    }

    /// <summary>The gradients of x and modulation; those of weight and bias are added to their sums.</summary>
    internal static unsafe (Tensor X, Tensor? Modulation) Backward(Tensor gradient, Tensor x, NormGain gain, NormStatistics statistics, bool silu, GradientSums sums)
    {
        var (shape, ofX) = (NormShape.Of(x, statistics.Groups, gain.Segments), empty_like(x));
        var (ofWeight, ofBias) = ((nint)Memory.Of<float>(sums.Weight), (nint)Memory.Of<float>(sums.Bias));
        var ofModulation = x.dtype == ScalarType.Float32
            ? NormBackward<float, Float32Lanes>.Run(shape, gradient, x, gain, statistics, silu, ofX, (float*)ofWeight, (float*)ofBias)
            : NormBackward<ushort, BFloat16Lanes>.Run(shape, gradient, x, gain, statistics, silu, ofX, (float*)ofWeight, (float*)ofBias);
        return (ofX, ofModulation);
    }

    /// <summary>The same by libtorch's operations, for other devices and formats.</summary>
    internal static Tensor ApplyAsTensors(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu)
    {
        using var scope = NewDisposeScope();
        var (samples, channels) = (x.size(0), x.size(-1));
        if (modulation is { } each && each.dim() == 3) return BySegments(x, weight, bias, each, groups, silu).MoveToOuterDisposeScope();
        var (gain, offset) = (weight.expand(samples, channels), bias.expand(samples, channels));
        if (modulation is not null)
        {
            var parts = modulation.chunk(2, dim: 1);
            var scale = parts[0].Plus(1);
            (gain, offset) = (gain * scale, parts[1].PlusProduct(offset, scale));
        }
        // [N,…,C] → [1,N*C,T]: every sample has its own gain and bias, so samples become further groups of channels.
        var joined = x.reshape(samples, -1, channels).transpose(1, 2).reshape(1, samples * channels, -1);
        var normed = nn.functional.group_norm(joined, groups * samples, gain.flatten(), offset.flatten(), Epsilon);
        if (silu) normed = nn.functional.silu(normed);
        return normed.view(samples, channels, -1).transpose(1, 2).reshape(x.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The same where segments have scales and shifts of their own, [N,S,2C].</summary>
    private static Tensor BySegments(Tensor x, Tensor weight, Tensor bias, Tensor modulation, int groups, bool silu)
    {
        using var scope = NewDisposeScope();
        var normed = ApplyAsTensors(x, weight, bias, null, groups, silu: false).flatten(1, -2); // [N,…,C] → [N,R,C]
        var (rows, segments) = (normed.size(1), modulation.size(1));
        var segment = TensorArithmetic.Range(rows, ScalarType.Int64, x.device).Times(2).Plus(1).Times(segments).FloorDividedBy(2 * rows);
        var parts = modulation.to_type(x.dtype).index_select(1, segment).chunk(2, dim: 2); // [N,S,2C] → two of [N,R,C]
        var result = parts[1].PlusProduct(normed, parts[0].Plus(1));
        return (silu ? nn.functional.silu(result) : result).view(x.shape).MoveToOuterDisposeScope();
    }

    private static bool IsFast(Tensor x) => x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.size(-1) % ILanes<float>.Count == 0;
}
