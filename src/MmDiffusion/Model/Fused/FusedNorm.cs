using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Group normalisation of features whose channels are last, with a gain and a bias for each sample's channels, and SiLU behind it if asked:
/// what a residual block does between two convolutions, in two passes over memory.
/// </summary>
internal static class FusedNorm
{
    internal const double Epsilon = 1e-5;

    /// <summary>Norms, scales and shifts, activates.</summary>
    /// <param name="x">[N,…,C], float32 or bfloat16; statistics span everything between, and C/groups channels.</param>
    /// <param name="gain">float32 [N,C].</param>
    /// <param name="bias">float32 [N,C].</param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="owned">Whether nothing else uses x: then it may become the result, which saves as much memory again.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    internal static Tensor Apply(Tensor x, Tensor gain, Tensor bias, int groups, bool silu, bool owned = false)
    {
        if (!IsFast(x)) return ApplyAsTensors(x, gain, bias, groups, silu);
        if (is_grad_enabled() && (x.requires_grad || gain.requires_grad || bias.requires_grad)) return DifferentiableNorm.Apply(x, gain, bias, groups, silu);
        using var scope = NewDisposeScope();
        x = x.contiguous();
        return Forward(x, gain.contiguous(), bias.contiguous(), groups, silu, owned ? x.alias() : null).Result.MoveToOuterDisposeScope();
    }

    /// <summary>The result, and the statistics [N,groups] that the way back needs.</summary>
    /// <param name="x">Contiguous.</param>
    /// <param name="gain">Contiguous.</param>
    /// <param name="bias">Contiguous.</param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="target">Where the result goes, which may be x itself; null for memory of its own.</param>
    internal static (Tensor Result, NormStatistics Statistics) Forward(Tensor x, Tensor gain, Tensor bias, int groups, bool silu, Tensor? target = null)
    {
        var (shape, result) = (NormShape.Of(x, groups), target ?? empty_like(x));
        var statistics = x.dtype == ScalarType.Float32
            ? NormForward<float, Float32Lanes>.Run(shape, x, gain, bias, result, silu)
            : NormForward<ushort, BFloat16Lanes>.Run(shape, x, gain, bias, result, silu);
        return (result, statistics);
    }

    /// <summary>The gradients of x, gain and bias.</summary>
    internal static (Tensor X, Tensor Gain, Tensor Bias) Backward(Tensor gradient, Tensor x, Tensor gain, Tensor bias, NormStatistics statistics, bool silu)
    {
        var (shape, gradientX) = (NormShape.Of(x, statistics.Groups), empty_like(x));
        var (gradientGain, gradientBias) = (empty_like(gain), empty_like(bias));
        if (x.dtype == ScalarType.Float32) NormBackward<float, Float32Lanes>.Run(shape, gradient, x, gain, bias, statistics, silu, gradientX, gradientGain, gradientBias);
        else NormBackward<ushort, BFloat16Lanes>.Run(shape, gradient, x, gain, bias, statistics, silu, gradientX, gradientGain, gradientBias);
        return (gradientX, gradientGain, gradientBias);
    }

    /// <summary>The same by libtorch's operations, for other devices and formats.</summary>
    internal static Tensor ApplyAsTensors(Tensor x, Tensor gain, Tensor bias, int groups, bool silu)
    {
        using var scope = NewDisposeScope();
        var (samples, channels) = (x.shape[0], x.shape[^1]);
        // [N,…,C] → [1,N*C,T]: every sample has its own gain and bias, so samples become further groups of channels.
        var joined = x.reshape(samples, -1, channels).transpose(1, 2).reshape(1, samples * channels, -1);
        var normed = nn.functional.group_norm(joined, groups * samples, gain.flatten(), bias.flatten(), Epsilon);
        if (silu) normed = nn.functional.silu(normed);
        return normed.view(samples, channels, -1).transpose(1, 2).reshape(x.shape).MoveToOuterDisposeScope();
    }

    private static bool IsFast(Tensor x) => x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.shape[^1] % ILanes<float>.Count == 0;
}
