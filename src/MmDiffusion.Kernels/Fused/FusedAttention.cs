using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Kernels.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// Attention, one head of one sequence after the other on each core, whose scores never leave its cache: nothing of them is kept for the
/// backward pass. Queries, keys and values are read where they lie, heads written side by side.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FusedAttention
{
    /// <summary>Whether <see cref="Apply(Tensor,Tensor,Tensor)"/> takes these; others are for libtorch.</summary>
    public static bool Takes(Tensor q, Tensor k, Tensor v) =>
        q.device_type == DeviceType.CPU && q.size(3) % ILanes<float>.Count == 0 && q.numel() > 0 && k.numel() > 0
        && q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1
        && (q.dtype == ScalarType.Float32 ? BlockProducts.HasFloat32 : q.dtype == ScalarType.BFloat16 && BlockProducts.HasBFloat16);

    /// <summary>softmax(q·kᵀ/√D)·v with scores and softmax in float32, all queries of a sequence against all its keys.</summary>
    /// <param name="q">[N,heads,T,D], in whatever order it lies; D is a multiple of 16.</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <returns>[N,T,heads*D]</returns>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v) =>
        Apply(
            q,
            k,
            v,
            [.. Enumerable.Range(0, (int)q.size(0)).Select(sample => new AttentionSpan(sample, 0, (int)q.size(2), 0, (int)k.size(2)))]);

    /// <summary>The same of some queries against some keys each.</summary>
    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which; every query is in one.</param>
    /// <returns>[N,T,heads*D]</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans) =>
        is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad)
            ? DifferentiableAttention.Apply(q, k, v, spans)
            : Forward(q, k, v, spans);

    /// <summary>The same without a backward pass.</summary>
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
    internal static (Tensor Query, Tensor Key, Tensor Value) Backward(
        Tensor gradient,
        Tensor q,
        Tensor k,
        Tensor v,
        IReadOnlyList<AttentionSpan> spans)
    {
        using var scope = NewDisposeScope();
        var given = Attention.SplitHeads(gradient.contiguous(), q.size(1));
        var gradients = (Query: Like(q), Key: Like(k), Value: Like(v));
        if (q.dtype == ScalarType.Float32) AttentionGradientKernel<float, Float32Lanes>.Run(given, (q, k, v), spans, gradients);
        else AttentionGradientKernel<ushort, BFloat16Lanes>.Run(given, (q, k, v), spans, gradients);
        return (gradients.Query.MoveToOuterDisposeScope(),
            gradients.Key.MoveToOuterDisposeScope(),
            gradients.Value.MoveToOuterDisposeScope());

        // Heads side by side, as what projects them wants it.
        static Tensor Like(Tensor heads) =>
            empty([heads.size(0), heads.size(2), heads.size(1), heads.size(3)], dtype: heads.dtype).transpose(1, 2);
    }
}

/// <summary><see cref="FusedAttention"/> with a backward pass of its own, which keeps nothing but queries, keys and values.</summary>
internal sealed class DifferentiableAttention : autograd.SingleTensorFunction<DifferentiableAttention>
{
    private const string SpansKey = "spans";

    public override string Name => nameof(DifferentiableAttention);

    /// <summary>As <see cref="FusedAttention.Apply(Tensor,Tensor,Tensor,IReadOnlyList{AttentionSpan})"/>.</summary>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans) => apply(q, k, v, spans);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (q, k, v, spans) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (IReadOnlyList<AttentionSpan>)vars[3]);
        ctx.save_for_backward([q, k, v]);
        ctx.save_data(SpansKey, spans);
        return FusedAttention.Forward(q, k, v, spans);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var inputs = ctx.get_saved_variables();
        var (q, k, v) = FusedAttention.Backward(
            grad_output, inputs[0], inputs[1], inputs[2], (IReadOnlyList<AttentionSpan>)ctx.get_data(SpansKey));
        return GradientRelease.Of(q, k, v, null);
    }
}

/// <summary>The way of <see cref="FusedAttention"/>: some queries of one head at a time.</summary>
/// <remarks>Compiled at once for good: a clip of few calls would be done before the runtime thinks it worth its while.</remarks>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class FusedAttentionKernel<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    private static Vector512<ushort> UpperHalves => Vector512.CreateSequence<ushort>(1, 2);

    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which queries see which keys.</param>
    /// <param name="result">[N,T,heads*D]</param>
    internal static void Run(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans, Tensor result)
    {
        var (heads, queries, keys, width) = ((int)q.size(1), (int)q.size(2), (int)k.size(2), (int)q.size(3));
        HeadRows<T> query = new(q), key = new(k), value = new(v);
        var target = TensorMemory.Address<T>(result);
        var all = spans.Count * heads;
        var parts = Math.Clamp(
            2 * get_num_threads() / all,
            1,
            (spans.Max(span => span.Queries) + AttentionBuffers<T>.MostQueries - 1) / AttentionBuffers<T>.MostQueries);
        Threads.Share(all * parts, spans.Sum(span => (long)span.Queries * span.Keys) * heads, [MethodImpl(
            MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            var buffers = new AttentionBuffers<T>(spans[0].Keys, width);
            for (var work = begin; work < end; work++)
            {
                var (span, head, part) = (spans[work / parts / heads], work / parts % heads, work % parts);
                if (span.Keys != buffers.KeyCount)
                {
                    buffers.Dispose();
                    buffers = new AttentionBuffers<T>(span.Keys, width);
                }
                AttentionPacking<T, TLanes>.AsColumns(key.Seen(span, head, keys), width, buffers.Keys, buffers.KeyStride, buffers.KeySpace);
                AttentionPacking<T, TLanes>.AsRows(value.Seen(span, head, keys), width, buffers.Values, width, buffers.KeySpace);
                var last = span.FirstQuery + span.Queries * (part + 1) / parts;
                for (var first = span.FirstQuery + span.Queries * part / parts; first < last; first += buffers.Queries)
                {
                    var to = target + (((long)span.Sample * queries + first) * heads + head) * width;
                    Attend(query.Some(span.Sample, head, first, Math.Min(buffers.Queries, last - first)), buffers, to, heads * width);
                }
            }
            buffers.Dispose();
            BlockProducts.Release();
        });
    }

    /// <summary>Lets some queries attend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(RowRing<T> queries, AttentionBuffers<T> buffers, T* to, int stride)
    {
        BlockProducts.Multiply(
            queries.Count, buffers.KeyCount, buffers.Width, queries[0], queries.Stride, buffers.Keys, buffers.KeyStride, buffers.Scores,
            buffers.KeyStride);
        for (var i = 0; i < queries.Count; i++)
            buffers.Factors[i] = Weigh(buffers.Scores + (long)i * buffers.KeyStride, buffers.KeyCount, buffers.KeySpace, buffers.Scale);
        BlockProducts.Multiply(
            queries.Count, buffers.Width, buffers.PairedKeys, (T*)buffers.Scores, buffers.WeightStride, buffers.Values, buffers.Width,
            buffers.Sums, buffers.Width);
        for (var i = 0; i < queries.Count; i++)
            Write(buffers.Sums + i * buffers.Width, buffers.Factors[i], to + (long)i * stride, buffers.Width);
    }

    /// <summary>
    /// Writes exponentials over a row of scores, stored as features are, and gives what they have to be multiplied by to sum to one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Weigh(float* scores, int count, int space, float scale)
    {
        for (var i = count; i < space; i++) scores[i] = float.NegativeInfinity;
        // e^(x/√D) is 2^(x·scale); the largest score is taken from all, which leaves 1 as the largest weight.
        var (factor, origin) = (Vector512.Create(scale), Vector512.Create(Largest(scores, space)));
        var (evenSum, oddSum) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < space; i += 2 * Lanes)
        {
            var even = (Vector512.Load(scores + i) - origin) * factor;
            var odd = (Vector512.Load(scores + i + Lanes) - origin) * factor;
            if (typeof(T) == typeof(float))
            {
                (even, odd) = (PowerOfTwo.Of(even), PowerOfTwo.Of(odd));
                even.Store(scores + i);
                odd.Store(scores + i + Lanes);
            }
            else
            {
                (even, odd) = (PowerOfTwo.Roughly(even), PowerOfTwo.Roughly(odd));
                Narrow(even, odd).Store((ushort*)scores + i);
            }
            evenSum += even;
            oddSum += odd;
        }
        return 1 / Vector512.Sum(evenSum + oddSum);
    }

    private static float Largest(float* scores, int space)
    {
        var (even, odd) = (Vector512.Load(scores), Vector512.Load(scores + Lanes));
        for (var i = 2 * Lanes; i < space; i += 2 * Lanes)
        {
            even = Vector512.MaxNative(Vector512.Load(scores + i), even);
            odd = Vector512.MaxNative(Vector512.Load(scores + i + Lanes), odd);
        }
        return Horizontal.Largest(Vector512.MaxNative(even, odd));
    }

    /// <summary>The upper halves of 32 elements, rounded; NaN shows in the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Narrow(Vector512<float> lower, Vector512<float> upper)
    {
        var half = Vector512.Create(0x8000u);
        return Avx512BW.PermuteVar32x16x2((lower.AsUInt32() + half).AsUInt16(), UpperHalves, (upper.AsUInt32() + half).AsUInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* sums, float factor, T* to, int width)
    {
        var times = Vector512.Create(factor);
        for (var c = 0; c < width; c += Lanes) TLanes.Store(to + c, Vector512.Load(sums + c) * times);
    }
}
