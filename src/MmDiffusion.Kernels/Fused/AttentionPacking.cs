using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Runtime;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>Rows of queries, keys and values in the orders in which <see cref="Runtime.BlockProducts"/> reads its factors.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads them.</typeparam>
internal static unsafe class AttentionPacking<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>
    /// Rows become the columns of a second factor: rows of 32 bits of each, those of bfloat16 in pairs; what is lacking is zero.
    /// </summary>
    /// <param name="rows">Of a multiple of sixteen elements each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Columns from one row there to the next.</param>
    /// <param name="space">Columns that are written, a multiple of sixteen.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AsColumns(RowRing<T> rows, int width, T* to, int stride, int space)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        var units = width * sizeof(T) / sizeof(uint);
        for (var row = 0; row < space; row += Lanes)
            for (var unit = 0; unit < units; unit += Lanes)
            {
                for (var i = 0; i < Lanes; i++)
                    block[i] = row + i < rows.Count ? Load((uint*)rows[row + i] + unit, units - unit) : Vector512<uint>.Zero;
                SquareTransposition.Apply(block);
                for (var i = 0; i < Math.Min(Lanes, units - unit); i++) block[i].Store((uint*)to + (long)(unit + i) * stride + row);
            }
    }

    /// <summary>Rows become the rows of a second factor, those of bfloat16 in pairs; what is lacking is zero.</summary>
    /// <param name="rows">Of a multiple of sixteen elements each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Numbers from one row there to the next.</param>
    /// <param name="space">Rows that are written, an even number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AsRows(RowRing<T> rows, int width, T* to, int stride, int space)
    {
        for (var row = 0; row < space; row += 2)
        {
            var even = row < rows.Count ? rows[row] : null;
            var odd = row + 1 < rows.Count ? rows[row + 1] : null;
            var target = to + (long)row * stride;
            for (var c = 0; c < width; c += Lanes)
            {
                if (typeof(T) == typeof(float))
                {
                    (even == null ? Vector512<float>.Zero : TLanes.Load(even + c)).Store((float*)target + c);
                    (odd == null ? Vector512<float>.Zero : TLanes.Load(odd + c)).Store((float*)target + stride + c);
                }
                else
                {
                    Pair(even, odd, c).Store((uint*)target + c);
                }
            }
        }
    }

    /// <summary>Rows become the columns of a first factor; what is lacking is zero.</summary>
    /// <param name="rows">Of a multiple of sixteen elements each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Columns from one row there to the next, enough for a multiple of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AcrossRows(RowRing<T> rows, int width, T* to, int stride)
    {
        if (typeof(T) == typeof(float))
        {
            AsColumns(rows, width, to, stride, (rows.Count + Lanes - 1) / Lanes * Lanes);
            return;
        }
        var block = stackalloc Vector512<uint>[Lanes];
        for (var row = 0; row < rows.Count; row += 2 * Lanes)
            for (var c = 0; c < width; c += Lanes)
            {
                for (var i = 0; i < Lanes; i++)
                {
                    var (even, odd) = (row + 2 * i, row + 2 * i + 1);
                    block[i] = Pair(even < rows.Count ? rows[even] : null, odd < rows.Count ? rows[odd] : null, c);
                }
                SquareTransposition.Apply(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)(to + (long)(c + i) * stride + row));
            }
    }

    /// <summary>Sixteen columns of two rows of bfloat16, from one on; a row that there is not is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(T* even, T* odd, int column) => RowPairs.Of(
        even == null ? Vector256<ushort>.Zero : Vector256.Load((ushort*)even + column),
        odd == null ? Vector256<ushort>.Zero : Vector256.Load((ushort*)odd + column));

    /// <summary>Sixteen units, of which those behind the row's last are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(uint* from, int left) =>
        left >= Lanes ? Vector512.Load(from) : Vector512.Create(Vector256.Load(from), Vector256<uint>.Zero);
}

/// <summary>The memory in which one core attends to the keys of a head, made to stay in its cache.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
internal sealed unsafe class AttentionBuffers<T> : IDisposable where T : unmanaged
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Scores of 256 KB, which leaves space for keys and values in a core's second cache.</summary>
    private const int CachedScores = 1 << 16;

    private readonly NativeBuffer _memory;

    /// <param name="keys">That are seen.</param>
    /// <param name="width">Numbers of a key.</param>
    internal AttentionBuffers(int keys, int width)
    {
        (KeyCount, KeySpace, Width) = (keys, (keys + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes), width);
        Scale = (float)(1 / (Math.Sqrt(width) * Math.Log(2)));
        KeyStride = KeySpace + Lanes;
        WeightStride = KeyStride * sizeof(float) / sizeof(T);
        Queries = Math.Clamp(CachedScores / KeySpace, Lanes, MostQueries);
        var (packed, scores, sums) = ((long)KeyStride * width * sizeof(T), (long)Queries * KeyStride * sizeof(float), (long)Queries
            * width
            * sizeof(float));
        _memory = new NativeBuffer(2 * packed + scores + sums + MostQueries * sizeof(float));
        Keys = (T*)_memory.Address;
        Values = (T*)((byte*)Keys + packed);
        Scores = (float*)((byte*)Values + packed);
        Sums = (float*)((byte*)Scores + scores);
        Factors = (float*)((byte*)Sums + sums);
    }

    /// <summary>More queries at a time are not faster.</summary>
    internal static int MostQueries => 64;

    /// <summary>Keys that are seen.</summary>
    internal int KeyCount { get; }

    /// <summary>Keys up to the next pair, which the products of bfloat16 take together.</summary>
    internal int PairedKeys => (KeyCount + 1) & ~1;

    /// <summary>Keys up to the next two whole vectors.</summary>
    internal int KeySpace { get; }

    /// <summary>
    /// From one row of keys, or of scores, to the next: an odd number of cache lines, so that they do not crowd into a few positions of the
    /// cache.
    /// </summary>
    internal int KeyStride { get; }

    /// <summary>Numbers of a key, a value or a query.</summary>
    internal int Width { get; }

    /// <summary>What differences of scores are multiplied by to be powers of two.</summary>
    internal float Scale { get; }

    /// <summary>Queries at a time.</summary>
    internal int Queries { get; }

    /// <summary>Keys as columns of a matrix.</summary>
    internal T* Keys { get; }

    /// <summary>Values as rows of a matrix.</summary>
    internal T* Values { get; }

    /// <summary>A row of keys for each query; weights take their position.</summary>
    internal float* Scores { get; }

    /// <summary>Numbers from one row of weights to the next.</summary>
    internal int WeightStride { get; }

    /// <summary>Weighted sums of values for each query.</summary>
    internal float* Sums { get; }

    /// <summary>What they have to be multiplied by.</summary>
    internal float* Factors { get; }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}

/// <summary>Queries of one sample that follow one another, and the keys they see: those behind the last are the first again.</summary>
/// <param name="Sample">Which of the batch.</param>
/// <param name="FirstQuery">Its first query.</param>
/// <param name="Queries">How many.</param>
/// <param name="FirstKey">The first key they see.</param>
/// <param name="Keys">How many, at most all.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct AttentionSpan(int Sample, int FirstQuery, int Queries, int FirstKey, int Keys);

/// <summary>Where the rows of [N,heads,T,D] lie, each of which is in one piece.</summary>
/// <typeparam name="T">How elements are stored.</typeparam>
internal readonly unsafe struct HeadRows<T> where T : unmanaged
{
    private readonly T* _first;
    private readonly long _sequence;
    private readonly long _head;

    /// <param name="heads">[N,heads,T,D]</param>
    internal HeadRows(Tensor heads)
    {
        using var number = heads.as_strided([1], [1], heads.storage_offset()); // The first: heads as a whole are not one piece.
        _first = TensorMemory.Address<T>(number);
        (_sequence, _head, Stride) = (heads.stride(0), heads.stride(1), heads.stride(2));
    }

    /// <summary>Numbers from one row to the next.</summary>
    internal long Stride { get; }

    /// <summary>The first row of one head of a sequence.</summary>
    internal T* Of(int sequence, int head) => _first + sequence * _sequence + head * _head;

    /// <summary>Of the keys or values that these are, those that a span of queries sees.</summary>
    /// <param name="span">Which queries.</param>
    /// <param name="head">Of which head.</param>
    /// <param name="all">Rows of a sequence.</param>
    internal RowRing<T> Seen(AttentionSpan span, int head, int all) => new(Of(span.Sample, head), Stride, span.FirstKey, span.Keys, all);

    /// <summary>Some of the queries that these are.</summary>
    /// <param name="sequence">Of which sequence.</param>
    /// <param name="head">Of which head.</param>
    /// <param name="first">Which is the first.</param>
    /// <param name="count">How many.</param>
    internal RowRing<T> Some(int sequence, int head, int first, int count) => new(Of(sequence, head), Stride, first, count, first + count);
}
