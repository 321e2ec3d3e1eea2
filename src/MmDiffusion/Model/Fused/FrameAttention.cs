using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Attention along the frames of each pixel, where nothing is kept for a way back: frames are too few for matrix products, and to bring
/// those of a pixel together would move the whole clip through memory four times.
/// </summary>
internal static class FrameAttention
{
    /// <summary>The most frames, and channels of a head, whose numbers fit on a thread's stack.</summary>
    private const int Most = 128;

    /// <summary>softmax(q·kᵀ/√D)·v for every pixel and head.</summary>
    /// <param name="qkv">[B,F,P,3C], contiguous: queries, keys and values, each with its heads side by side.</param>
    /// <param name="heads">Heads that C is split into.</param>
    /// <returns>[B,F,P,C]</returns>
    internal static Tensor Apply(Tensor qkv, long heads)
    {
        OperationCounter.AddAttention(qkv.numel() / 3, qkv.size(1));
        if (!IsFast(qkv, heads)) return ApplyAsTensors(qkv, heads);
        using var scope = NewDisposeScope();
        var result = empty([.. qkv.shape[..3], qkv.size(3) / 3], dtype: qkv.dtype);
        if (qkv.dtype == ScalarType.Float32) FrameAttentionKernel<float, Float32Lanes>.Run(qkv, result, (int)heads);
        else FrameAttentionKernel<ushort, BFloat16Lanes>.Run(qkv, result, (int)heads);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's operations, for other devices, formats and sizes.</summary>
    internal static Tensor ApplyAsTensors(Tensor qkv, long heads)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.unflatten(3, [3, heads, -1]).permute(0, 2, 4, 1, 3, 5); // [B,F,P,3C] → [B,P,heads,F,3,D]
        var (q, k, v) = (parts.select(4, 0), parts.select(4, 1), parts.select(4, 2));
        var weights = nn.functional.softmax(q.matmul(k.transpose(3, 4)).DividedBy(Math.Sqrt(q.size(4))), -1);
        return weights.matmul(v).permute(0, 3, 1, 2, 4).flatten(3).MoveToOuterDisposeScope(); // [B,P,heads,F,D] → [B,F,P,C]
    }

    private static bool IsFast(Tensor qkv, long heads) =>
        qkv.device_type == DeviceType.CPU && qkv.dtype is ScalarType.Float32 or ScalarType.BFloat16 && qkv.is_contiguous()
        && qkv.size(1) <= Most && qkv.size(3) / 3 / heads <= Most && qkv.size(3) / 3 / heads % ILanes<float>.Count == 0;
}
