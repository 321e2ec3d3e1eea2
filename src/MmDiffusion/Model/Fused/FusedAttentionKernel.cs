using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

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
        var target = Memory.Of<T>(result);
        var all = spans.Count * heads;
        var parts = Math.Clamp(2 * get_num_threads() / all, 1, (spans.Max(span => span.Queries) + AttentionRoom<T>.MostQueries - 1) / AttentionRoom<T>.MostQueries);
        Threads.Share(all * parts, spans.Sum(span => (long)span.Queries * span.Keys) * heads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            var room = new AttentionRoom<T>(spans[0].Keys, width);
            for (var work = begin; work < end; work++)
            {
                var (span, head, part) = (spans[work / parts / heads], work / parts % heads, work % parts);
                if (span.Keys != room.KeyCount)
                {
                    room.Dispose();
                    room = new AttentionRoom<T>(span.Keys, width);
                }
                AttentionPacking<T, TLanes>.AsColumns(key.Seen(span, head, keys), width, room.Keys, room.KeyStride, room.KeySpace);
                AttentionPacking<T, TLanes>.AsRows(value.Seen(span, head, keys), width, room.Values, width, room.KeySpace);
                var last = span.FirstQuery + span.Queries * (part + 1) / parts;
                for (var first = span.FirstQuery + span.Queries * part / parts; first < last; first += room.Queries)
                {
                    var to = target + (((long)span.Sample * queries + first) * heads + head) * width;
                    Attend(query.Some(span.Sample, head, first, Math.Min(room.Queries, last - first)), room, to, heads * width);
                }
            }
            room.Dispose();
            BlockProducts.Release();
        });
    }

    /// <summary>Lets some queries attend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(RowRing<T> queries, AttentionRoom<T> room, T* to, int stride)
    {
        BlockProducts.Multiply(queries.Count, room.KeyCount, room.Width, queries[0], queries.Stride, room.Keys, room.KeyStride, room.Scores, room.KeyStride);
        for (var i = 0; i < queries.Count; i++) room.Factors[i] = Weigh(room.Scores + (long)i * room.KeyStride, room.KeyCount, room.KeySpace, room.Scale);
        BlockProducts.Multiply(queries.Count, room.Width, room.PairedKeys, (T*)room.Scores, room.WeightStride, room.Values, room.Width, room.Sums, room.Width);
        for (var i = 0; i < queries.Count; i++) Write(room.Sums + i * room.Width, room.Factors[i], to + (long)i * stride, room.Width);
    }

    /// <summary>Writes exponentials over a row of scores, stored as features are, and gives what they have to be multiplied by to sum to one.</summary>
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

    /// <summary>The upper halves of 32 numbers, rounded; what is no number shows in the sum.</summary>
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
