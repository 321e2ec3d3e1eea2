using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Attention where nothing is kept for a way back: one head of one sequence after the other on each core, whose scores never leave
/// its cache. Queries, keys and values are read where they lie, heads written side by side.
/// </summary>
internal static class FusedAttention
{
    private const int LineBytes = 64;

    /// <summary>Whether <see cref="Apply(Tensor,Tensor,Tensor)"/> takes these; others are for libtorch.</summary>
    internal static bool Takes(Tensor q, Tensor k, Tensor v) =>
        !is_grad_enabled() && q.device_type == DeviceType.CPU && q.shape[3] * q.element_size() % LineBytes == 0 && q.numel() > 0 && k.numel() > 0
        && q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1
        && (q.dtype == ScalarType.Float32 ? BlockProducts.HasFloat32 : q.dtype == ScalarType.BFloat16 && BlockProducts.HasBFloat16);

    /// <summary>softmax(q·kᵀ/√D)·v with scores and softmax in float32, all queries of a sequence against all its keys.</summary>
    /// <param name="q">[N,heads,T,D], in whatever order it lies; D numbers are a multiple of 64 bytes.</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <returns>[N,T,heads*D]</returns>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v) =>
        Apply(q, k, v, [.. Enumerable.Range(0, (int)q.shape[0]).Select(sample => new AttentionSpan(sample, 0, (int)q.shape[2], 0, (int)k.shape[2]))]);

    /// <summary>The same of some queries against some keys each.</summary>
    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which; every query is in one.</param>
    /// <returns>[N,T,heads*D]</returns>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans)
    {
        using var scope = NewDisposeScope();
        var result = empty([q.shape[0], q.shape[2], q.shape[1] * q.shape[3]], dtype: q.dtype);
        if (q.dtype == ScalarType.Float32) FusedAttentionKernel<float, Float32Lanes>.Run(q, k, v, spans, result);
        else FusedAttentionKernel<ushort, BFloat16Lanes>.Run(q, k, v, spans, result);
        return result.MoveToOuterDisposeScope();
    }
}
