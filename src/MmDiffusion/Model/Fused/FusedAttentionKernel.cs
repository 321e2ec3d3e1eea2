using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The way of <see cref="FusedAttention"/>: some queries of one head at a time.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class FusedAttentionKernel<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Scores of 256 KB, which leaves room for keys and values in a core's second cache.</summary>
    private const int CachedScores = 1 << 16;

    /// <summary>More queries at a time are not faster.</summary>
    private const int MostQueries = 64;

    private const int Alignment = 64;

    private static Vector512<ushort> UpperHalves => Vector512.CreateSequence<ushort>(1, 2);

    /// <param name="q">[N,heads,T,D]</param>
    /// <param name="k">[N,heads,S,D]</param>
    /// <param name="v">[N,heads,S,D]</param>
    /// <param name="spans">Which queries see which keys.</param>
    /// <param name="result">[N,T,heads*D]</param>
    internal static void Run(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans, Tensor result)
    {
        var (heads, queries, keys, width) = ((int)q.shape[1], (int)q.shape[2], (int)k.shape[2], (int)q.shape[3]);
        HeadRows<T> query = new(q), key = new(k), value = new(v);
        var target = Memory.Of<T>(result);
        var all = spans.Count * heads;
        var parts = Math.Clamp(2 * get_num_threads() / all, 1, (spans.Max(span => span.Queries) + MostQueries - 1) / MostQueries);
        Threads.For(all * parts, spans.Sum(span => (long)span.Queries * span.Keys) * heads, work =>
        {
            var (span, head, part) = (spans[work / parts / heads], work / parts % heads, work % parts);
            var (begin, end) = (span.FirstQuery + span.Queries * part / parts, span.FirstQuery + span.Queries * (part + 1) / parts);
            using var room = new Room(span.Keys, width);
            PackKeys(key.Of(span.Sample, head), key.Stride, span.FirstKey, keys, room);
            PackValues(value.Of(span.Sample, head), value.Stride, span.FirstKey, keys, room);
            for (var first = begin; first < end; first += room.Queries)
            {
                var count = Math.Min(room.Queries, end - first);
                Multiply(count, room.KeySpace, width, query.Of(span.Sample, head) + first * query.Stride, query.Stride, room.Keys, room.KeyStride, room.Scores, room.KeyStride);
                for (var i = 0; i < count; i++) room.Factors[i] = Weigh(room.Scores + (long)i * room.KeyStride, room.KeyCount, room.KeySpace, room.Scale);
                Multiply(count, width, room.KeySpace, (T*)room.Scores, room.WeightStride, room.Values, width, room.Sums, width);
                var to = target + (((long)span.Sample * queries + first) * heads + head) * width;
                for (var i = 0; i < count; i++) Write(room.Sums + i * width, room.Factors[i], to + (long)i * heads * width, width);
            }
            BlockProducts.Release();
        });
    }

    /// <summary>Keys from the first on side by side: rows of 32 bits of each; what they lack for whole vectors is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackKeys(T* keys, long stride, int first, int all, Room room)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var key = 0; key < room.KeySpace; key += Lanes)
            for (var unit = 0; unit < room.Width * sizeof(T) / sizeof(uint); unit += Lanes)
            {
                for (var i = 0; i < Lanes; i++)
                    block[i] = key + i < room.KeyCount ? Vector512.Load((uint*)(keys + Wrap(first + key + i, all) * stride) + unit) : Vector512<uint>.Zero;
                Transpose(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)room.Keys + (long)(unit + i) * room.KeyStride + key);
            }
    }

    /// <summary>Sixteen rows of as many numbers become columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector512<uint>* rows)
    {
        var places = Vector512<uint>.Indices;
        for (var step = 1; step < Lanes; step *= 2)
        {
            // Of two rows a step apart, what lies a step apart changes places; from 16 on, places are the second row's.
            var (apart, first) = (Vector512.Create((uint)step), Vector512.Equals(places & Vector512.Create((uint)step), Vector512<uint>.Zero));
            var upper = Vector512.ConditionalSelect(first, places, places - apart + Vector512.Create((uint)Lanes));
            var lower = Vector512.ConditionalSelect(first, places + apart, places + Vector512.Create((uint)Lanes));
            for (var i = 0; i < Lanes; i++)
            {
                if ((i & step) != 0) continue;
                var (a, b) = (rows[i], rows[i + step]);
                rows[i] = Avx512F.PermuteVar16x32x2(a, upper, b);
                rows[i + step] = Avx512F.PermuteVar16x32x2(a, lower, b);
            }
        }
    }

    /// <summary>Values from the first key's on, one after the other, of bfloat16 in pairs; what they lack is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackValues(T* values, long stride, int first, int all, Room room)
    {
        for (var key = 0; key < room.KeySpace; key += 2)
        {
            var even = key < room.KeyCount ? values + Wrap(first + key, all) * stride : null;
            var odd = key + 1 < room.KeyCount ? values + Wrap(first + key + 1, all) * stride : null;
            for (var c = 0; c < room.Width; c += Lanes)
            {
                var (one, two) = (even == null ? Vector512<float>.Zero : TLanes.Load(even + c), odd == null ? Vector512<float>.Zero : TLanes.Load(odd + c));
                var to = (float*)(room.Values + (long)key * room.Width);
                if (typeof(T) == typeof(float))
                {
                    one.Store(to + c);
                    two.Store(to + room.Width + c);
                }
                else
                {
                    (one.AsUInt32() >> 16 | two.AsUInt32()).Store((uint*)to + c);
                }
            }
        }
    }

    private static long Wrap(int key, int all) => key < all ? key : key - all;

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

    private static void Write(float* sums, float factor, T* to, int width)
    {
        var times = Vector512.Create(factor);
        for (var c = 0; c < width; c += Lanes) TLanes.Store(to + c, Vector512.Load(sums + c) * times);
    }

    private static void Multiply(int rows, int columns, int inner, T* a, long aStride, T* b, int bStride, float* c, int cStride)
    {
        if (typeof(T) == typeof(float)) BlockProducts.Multiply(rows, columns, inner, (float*)a, aStride, (float*)b, bStride, c, cStride);
        else BlockProducts.Multiply(rows, columns, inner, (ushort*)a, aStride, (ushort*)b, bStride, c, cStride);
    }

    /// <summary>What one core needs for a head.</summary>
    private readonly struct Room : IDisposable
    {
        private readonly void* _memory;

        internal Room(int keys, int width)
        {
            (KeyCount, KeySpace, Width) = (keys, (keys + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes), width);
            Scale = (float)(1 / (Math.Sqrt(width) * Math.Log(2)));
            KeyStride = KeySpace + Lanes;
            WeightStride = KeyStride * sizeof(float) / sizeof(T);
            Queries = Math.Clamp(CachedScores / KeySpace, Lanes, MostQueries);
            var (packed, scores, sums) = ((nuint)KeyStride * (nuint)width * (nuint)sizeof(T), (nuint)Queries * (nuint)KeyStride * sizeof(float), (nuint)(Queries * width * sizeof(float)));
            _memory = NativeMemory.AlignedAlloc(2 * packed + scores + sums + MostQueries * sizeof(float), Alignment);
            Keys = (T*)_memory;
            Values = (T*)((byte*)Keys + packed);
            Scores = (float*)((byte*)Values + packed);
            Sums = (float*)((byte*)Scores + scores);
            Factors = (float*)((byte*)Sums + sums);
        }

        internal int KeyCount { get; }

        /// <summary>Keys up to the next two whole vectors.</summary>
        internal int KeySpace { get; }

        /// <summary>From one row of keys, or of scores, to the next: an odd number of cache lines, so that they do not crowd into a few places of the cache.</summary>
        internal int KeyStride { get; }

        internal int Width { get; }

        /// <summary>What differences of scores are multiplied by to be powers of two.</summary>
        internal float Scale { get; }

        /// <summary>Queries at a time.</summary>
        internal int Queries { get; }

        internal T* Keys { get; }

        internal T* Values { get; }

        /// <summary>A row of keys for each query; weights take their place.</summary>
        internal float* Scores { get; }

        /// <summary>Numbers from one row of weights to the next.</summary>
        internal int WeightStride { get; }

        internal float* Sums { get; }

        internal float* Factors { get; }

        public void Dispose() => NativeMemory.AlignedFree(_memory);
    }
}
