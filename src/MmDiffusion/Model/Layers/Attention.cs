using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Multi-head attention on tokens, and the shapes around it.</summary>
internal static class Attention
{
    /// <summary>softmax(q·kᵀ/√D)·v of [N,heads,T,D] against [N,heads,S,D], the heads side by side again: [N,T,heads*D].</summary>
    internal static Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        OperationCounter.AddAttention(q.numel(), k.shape[2]);
        if (FusedAttention.Takes(q, k, v)) return FusedAttention.Apply(q, k, v);
        var inProducts = is_grad_enabled() && q.dtype == ScalarType.BFloat16 && q.device_type == DeviceType.CPU;
        return MergeHeads(inProducts ? AttendInProducts(q, k, v) : nn.functional.scaled_dot_product_attention(q, k, v));
    }

    /// <summary>
    /// In two products, each for all heads at once: libtorch's fused kernel sets up one for each head and block in bfloat16.
    /// </summary>
    private static Tensor AttendInProducts(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var scores = (q / Math.Sqrt(q.shape[3])).matmul(k.transpose(2, 3)); // [N,heads,T,S]
        return nn.functional.softmax(scores, -1).matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>[N,T,heads*D] → [N,heads,T,D]</summary>
    internal static Tensor SplitHeads(Tensor tokens, long heads) => tokens.unflatten(2, heads, -1).transpose(1, 2);

    /// <summary>[N,heads,T,D] → [N,T,heads*D]</summary>
    private static Tensor MergeHeads(Tensor heads) => heads.transpose(1, 2).flatten(2);
}
