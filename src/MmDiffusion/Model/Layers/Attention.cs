using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Multi-head attention on tokens, and the shapes around it.</summary>
internal static class Attention
{
    /// <summary>Scores of 8 MB.</summary>
    private const long CachedScores = 1 << 22;

    /// <summary>softmax(q·kᵀ/√D)·v of [N,heads,T,D] against [N,heads,S,D].</summary>
    internal static Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        OperationCounter.AddAttention(q, k);
        return q.dtype == ScalarType.BFloat16 && q.device_type == DeviceType.CPU ? AttendByProducts(q, k, v) : nn.functional.scaled_dot_product_attention(q, k, v);
    }

    /// <summary>
    /// The same in two products, each for all heads at once: libtorch's fused kernel sets up one for each head and block in bfloat16. Where
    /// nothing is kept for a way back, some sequences at a time, so that their scores stay in the processor's cache.
    /// </summary>
    private static Tensor AttendByProducts(Tensor q, Tensor k, Tensor v)
    {
        var (sequences, atOnce) = (q.shape[0], Math.Max(1, CachedScores / (q.shape[1] * q.shape[2] * k.shape[2])));
        if (sequences <= atOnce || is_grad_enabled()) return AttendAtOnce(q, k, v);
        using var scope = NewDisposeScope();
        var results = new List<Tensor>();
        for (var first = 0L; first < sequences; first += atOnce)
        {
            var count = Math.Min(atOnce, sequences - first);
            results.Add(AttendAtOnce(q.narrow(0, first, count), k.narrow(0, first, count), v.narrow(0, first, count)));
        }
        return cat(results, dim: 0).MoveToOuterDisposeScope();
    }

    private static Tensor AttendAtOnce(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var scale = 1 / Math.Sqrt(q.shape[^1]);
        var weights = is_grad_enabled()
            ? nn.functional.softmax((q * scale).matmul(k.transpose(2, 3)), -1) // [N,heads,T,S]
            : FusedSoftmax.Apply(q.matmul(k.transpose(2, 3)), scale);
        return weights.matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>[N,T,heads*D] → [N,heads,T,D]</summary>
    internal static Tensor SplitHeads(Tensor tokens, long heads) => tokens.unflatten(2, heads, -1).transpose(1, 2);

    /// <summary>[N,heads,T,D] → [N,T,heads*D]</summary>
    internal static Tensor MergeHeads(Tensor heads) => heads.transpose(1, 2).flatten(2);
}
