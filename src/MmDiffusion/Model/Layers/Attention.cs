using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Multi-head attention on tokens, and the shapes around it.</summary>
internal static class Attention
{
    /// <summary>Scores of 8 MB.</summary>
    private const long CachedScores = 1 << 22;

    /// <summary>softmax(q·kᵀ/√D)·v of [N,heads,T,D] against [N,heads,S,D], the heads side by side again: [N,T,heads*D].</summary>
    internal static Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        OperationCounter.AddAttention(q.numel(), k.shape[2]);
        if (q.dtype != ScalarType.BFloat16 || q.device_type != DeviceType.CPU) return MergeHeads(nn.functional.scaled_dot_product_attention(q, k, v));
        return is_grad_enabled() ? MergeHeads(AttendDifferentiably(q, k, v)) : AttendInPieces(q, k, v);
    }

    /// <summary>
    /// In two products, each for all heads at once: libtorch's fused kernel sets up one for each head and block in bfloat16.
    /// </summary>
    private static Tensor AttendDifferentiably(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var scores = (q / Math.Sqrt(q.shape[3])).matmul(k.transpose(2, 3)); // [N,heads,T,S]
        return nn.functional.softmax(scores, -1).matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>The same where nothing is kept for a way back: some sequences at a time, so that their scores stay in the processor's cache.</summary>
    private static Tensor AttendInPieces(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var (sequences, heads, tokens, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var result = empty([sequences, tokens, heads * width], dtype: q.dtype, device: q.device);
        var atOnce = Math.Max(1, CachedScores / (heads * tokens * k.shape[2]));
        for (var first = 0L; first < sequences; first += atOnce)
        {
            using var piece = NewDisposeScope();
            var count = Math.Min(atOnce, sequences - first);
            // The keys lie as they are meant before they are transposed: libtorch would copy them column by column.
            var scores = Piece(q).bmm(Piece(k).transpose(1, 2)); // [n*heads,T,S]
            var (exponentials, factors) = FusedSoftmax.Exponentiate(scores, 1 / Math.Sqrt(width));
            HeadMerge.Write(exponentials.bmm(Piece(v)), factors, result.narrow(0, first, count));

            Tensor Piece(Tensor all) => all.narrow(0, first, count).contiguous().flatten(0, 1); // [N,heads,T,D] → [n*heads,T,D]
        }
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>[N,T,heads*D] → [N,heads,T,D]</summary>
    internal static Tensor SplitHeads(Tensor tokens, long heads) => tokens.unflatten(2, heads, -1).transpose(1, 2);

    /// <summary>[N,heads,T,D] → [N,T,heads*D]</summary>
    private static Tensor MergeHeads(Tensor heads) => heads.transpose(1, 2).flatten(2);
}
