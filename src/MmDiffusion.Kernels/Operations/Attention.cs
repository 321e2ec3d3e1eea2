using System.ComponentModel;
using MmDiffusion.Kernels.Fused;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>Multi-head attention on tokens, and the shapes around it.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Attention
{
    /// <summary>softmax(q·kᵀ/√D)·v of [N,heads,T,D] against [N,heads,S,D], the heads side by side again: [N,T,heads*D].</summary>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        OperationCounter.AddAttention(q.numel(), k.size(2));
        if (FusedAttention.Takes(q, k, v)) return FusedAttention.Apply(q, k, v);
        return MergeHeads(nn.functional.scaled_dot_product_attention(q, k, v));
    }

    /// <summary>[N,T,heads*D] → [N,heads,T,D]</summary>
    public static Tensor SplitHeads(Tensor tokens, long heads) => tokens.unflatten(2, heads, -1).transpose(1, 2);

    /// <summary>[N,heads,T,D] → [N,T,heads*D]</summary>
    private static Tensor MergeHeads(Tensor heads) => heads.transpose(1, 2).flatten(2);
}
