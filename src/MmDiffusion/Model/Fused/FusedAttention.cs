using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Attention, one head of one sequence after the other on each core, whose scores never leave its cache: nothing of them is kept for the
/// way back. Queries, keys and values are read where they lie, heads written side by side.
/// </summary>
internal static class FusedAttention
{
    /// <summary>Whether <see cref="Apply(Tensor,Tensor,Tensor)"/> takes these; others are for libtorch.</summary>
    internal static bool Takes(Tensor q, Tensor k, Tensor v) =>
        q.device_type == DeviceType.CPU && q.size(3) % ILanes<float>.Count == 0 && q.numel() > 0 && k.numel() > 0
        && q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1
        && (q.dtype == ScalarType.Float32 ? BlockProducts.HasFloat32 : q.dtype == ScalarType.BFloat16 && BlockProducts.HasBFloat16);

    /// <summary>softmax(q·kᵀ/√D)·v with scores and softmax in float32, all queries of a sequence against all its keys.</summary>
    /// <param name="q">[N,heads,T,D], in whatever order it lies; D is a multiple of 16.</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <returns>[N,T,heads*D]</returns>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v) =>
        Apply(q, k, v, [.. Enumerable.Range(0, (int)q.size(0)).Select(sample => new AttentionSpan(sample, 0, (int)q.size(2), 0, (int)k.size(2)))]);

    /// <summary>The same of some queries against some keys each.</summary>
    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which; every query is in one.</param>
    /// <returns>[N,T,heads*D]</returns>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans) =>
        is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad) ? DifferentiableAttention.Apply(q, k, v, spans) : Forward(q, k, v, spans);

    /// <summary>The same without a way back.</summary>
    internal static Tensor Forward(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans)
    {
        using var scope = NewDisposeScope();
        var result = empty([q.size(0), q.size(2), q.size(1) * q.size(3)], dtype: q.dtype);
        if (q.dtype == ScalarType.Float32) FusedAttentionKernel<float, Float32Lanes>.Run(q, k, v, spans, result);
        else FusedAttentionKernel<ushort, BFloat16Lanes>.Run(q, k, v, spans, result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The gradients of queries, keys and values, shaped as they are.</summary>
    /// <param name="gradient">Of the result, [N,T,heads*D].</param>
    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which queries see which keys.</param>
    internal static (Tensor Query, Tensor Key, Tensor Value) Backward(Tensor gradient, Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans)
    {
        using var scope = NewDisposeScope();
        var given = Attention.SplitHeads(gradient.contiguous(), q.size(1));
        var gradients = (Query: Like(q), Key: Like(k), Value: Like(v));
        if (q.dtype == ScalarType.Float32) AttentionGradientKernel<float, Float32Lanes>.Run(given, (q, k, v), spans, gradients);
        else AttentionGradientKernel<ushort, BFloat16Lanes>.Run(given, (q, k, v), spans, gradients);
        return (gradients.Query.MoveToOuterDisposeScope(), gradients.Key.MoveToOuterDisposeScope(), gradients.Value.MoveToOuterDisposeScope());

        // Heads side by side, as what projects them wants it.
        static Tensor Like(Tensor heads) => empty([heads.size(0), heads.size(2), heads.size(1), heads.size(3)], dtype: heads.dtype).transpose(1, 2);
    }
}
