using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Group normalisation of each pixel's frames on their own, where nothing is kept for a way back: the frames of a pixel lie apart in memory
/// and stay there.
/// </summary>
internal static class FrameNorm
{
    /// <summary>The most channels whose statistics fit on a thread's stack.</summary>
    private const int MostChannels = 1 << 13;

    /// <summary>norm(x)·weight + bias, statistics over the frames of a pixel and the channels of a group.</summary>
    /// <param name="x">[B,F,P,C], contiguous, float32 or bfloat16.</param>
    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="groups">Divides C.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor bias, int groups)
    {
        if (!IsFast(x)) return ApplyAsTensors(x, weight, bias, groups);
        using var scope = NewDisposeScope();
        var result = empty_like(x);
        if (x.dtype == ScalarType.Float32) FrameNormKernel<float, Float32Lanes>.Run(x, weight, bias, result, groups);
        else FrameNormKernel<ushort, BFloat16Lanes>.Run(x, weight, bias, result, groups);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's operations, for other devices, formats and sizes.</summary>
    internal static Tensor ApplyAsTensors(Tensor x, Tensor weight, Tensor bias, int groups)
    {
        using var scope = NewDisposeScope();
        var (b, f, p, c) = (x.size(0), x.size(1), x.size(2), x.size(3));
        var sequences = x.permute(0, 2, 3, 1).reshape(b * p, c, f); // [B,F,P,C] → [B*P,C,F]
        var normed = nn.functional.group_norm(sequences.to_type(weight.dtype), groups, weight, bias, FusedNorm.Epsilon).to_type(x.dtype);
        return normed.view(b, p, c, f).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static bool IsFast(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.is_contiguous()
        && x.size(3) % ILanes<float>.Count == 0 && x.size(3) <= MostChannels;
}
