using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Runtime;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// The backward pass of <see cref="FusedAttention"/>: one head of one sequence at a time, some queries against all the keys they see.
/// Nothing is kept from the forward pass: scores and weights are computed again, in the core's cache. A row belongs to a key and a vector
/// to sixteen queries.
/// </summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class AttentionGradientKernel<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <param name="gradient">Of the result: [N,heads,T,D].</param>
    /// <param name="inputs">Queries [N,heads,T,D], keys and values [N,heads,S,D].</param>
    /// <param name="spans">Which queries see which keys; every query is in one.</param>
    /// <param name="gradients">Of the inputs, shaped as they are: filled.</param>
    internal static void Run(
        Tensor gradient,
        (Tensor Query, Tensor Key, Tensor Value) inputs,
        IReadOnlyList<AttentionSpan> spans,
        (Tensor Query, Tensor Key, Tensor Value) gradients)
    {
        var (heads, queries, keys, width) = ((int)gradient.size(1), (int)gradient.size(2), (int)inputs.Key.size(2), (int)gradient.size(3));
        HeadRows<T> given = new(gradient), query = new(inputs.Query), key = new(inputs.Key), value = new(inputs.Value);
        HeadRows<T> toQuery = new(gradients.Query), toKey = new(gradients.Key), toValue = new(gradients.Value);
        var (most, largest) = (spans.Max(span => span.Keys), spans.Max(span => span.Queries));
        var bySample = spans.ToLookup(span => span.Sample);
        AttentionSpan[][] ofSamples = [.. Enumerable.Range(0, (int)gradient.size(0)).Select(sample => bySample[sample].ToArray())];
        Threads.Share((int)gradient.size(0) * heads, spans.Sum(span => (long)span.Queries * span.Keys) * heads, [MethodImpl(
            MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            using var buffers = new AttentionGradientBuffers<T>(most, keys, largest, width);
            for (var work = begin; work < end; work++)
            {
                var (sample, head) = (work / heads, work % heads);
                buffers.ClearSums();
                foreach (var span in ofSamples[sample])
                {
                    var (seenKeys, seenValues) = (key.Seen(span, head, keys), value.Seen(span, head, keys));
                    AttentionPacking<T, TLanes>.AcrossRows(seenKeys, width, buffers.KeysAcross, buffers.KeyStride);
                    for (var first = span.FirstQuery; first < span.FirstQuery + span.Queries; first += buffers.Queries)
                    {
                        var count = Math.Min(buffers.Queries, span.FirstQuery + span.Queries - first);
                        AddBlock(
                            query.Some(sample, head, first, count), given.Some(sample, head, first, count), seenKeys, seenValues, width,
                            buffers);
                        WriteAcross(buffers.QuerySums, buffers.Queries, toQuery.Some(sample, head, first, count), width);
                    }
                }
                Write(buffers.KeySums, toKey.Some(sample, head, 0, keys), width);
                Write(buffers.ValueSums, toValue.Some(sample, head, 0, keys), width);
            }
            BlockProducts.Release();
        });
    }

    /// <summary>Computes the gradients of some queries, and adds theirs of keys and values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock(
        RowRing<T> queries,
        RowRing<T> gradients,
        RowRing<T> keys,
        RowRing<T> values,
        int width,
        AttentionGradientBuffers<T> buffers)
    {
        // Queries that are lacking for whole vectors are zero, and so is all that they add.
        var (columns, stride, weightStride) = ((queries.Count + Lanes - 1) / Lanes * Lanes, buffers.Queries, buffers.Queries
            * sizeof(float)
            / sizeof(T));
        AttentionPacking<T, TLanes>.AsColumns(queries, width, buffers.QueryColumns, stride, columns);
        AttentionPacking<T, TLanes>.AsColumns(gradients, width, buffers.GradientColumns, stride, columns);
        AttentionPacking<T, TLanes>.AsRows(queries, width, buffers.QueryRows, width, columns);
        AttentionPacking<T, TLanes>.AsRows(gradients, width, buffers.GradientRows, width, columns);
        for (var (from, end) = (0, keys.Straight); from < keys.Count; (from, end) = (end, keys.Count))
        {
            BlockProducts.Multiply(
                end - from, columns, width, keys[from], keys.Stride, buffers.QueryColumns, stride, buffers.Scores + (long)from * stride,
                stride);
            BlockProducts.Multiply(
                end - from, columns, width, values[from], values.Stride, buffers.GradientColumns, stride,
                buffers.ScoreGradients + (long)from * stride, stride);
        }
        for (var column = 0; column < columns; column += Lanes) Differentiate(buffers, column, keys.Count, (float)(1 / Math.Sqrt(width)));
        if (typeof(T) != typeof(float)) Pair(buffers, columns, keys.Count);
        for (var (from, end) = (0, keys.Straight); from < keys.Count; (from, end) = (end, keys.Count))
        {
            var position = (long)keys.Place(from) * width;
            BlockProducts.Multiply(
                end - from, width, columns, (T*)buffers.Scores + (long)from * weightStride, weightStride, buffers.GradientRows, width,
                buffers.ValueSums + position, width, accumulate: true);
            BlockProducts.Multiply(
                end - from, width, columns, (T*)buffers.ScoreGradients + (long)from * weightStride, weightStride, buffers.QueryRows, width,
                buffers.KeySums + position, width, accumulate: true);
        }
        // Behind the last row of float32 is memory of others, and behind that of bfloat16 what makes it a pair.
        var (rows, count) = typeof(T) == typeof(float)
            ? ((nint)buffers.ScoreGradients, keys.Count)
            : ((nint)buffers.Paired, (keys.Count + 1) & ~1);
        BlockProducts.Multiply(width, columns, count, buffers.KeysAcross, buffers.KeyStride, (T*)rows, stride, buffers.QuerySums, stride);
    }

    /// <summary>
    /// Of sixteen queries: weights p = softmax(s/√D) from scores s, and gradients of scores, p·(g - Σp·g)/√D, from those of weights,
    /// g. Both are written as features are stored, over what is read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Differentiate(AttentionGradientBuffers<T> buffers, int column, int keys, float scale)
    {
        var (stride, featureStride) = (buffers.Queries, buffers.Queries * sizeof(float) / sizeof(T));
        float* scores = buffers.Scores + column, gradients = buffers.ScoreGradients + column;
        T* toWeights = (T*)buffers.Scores + column, toGradients = (T*)buffers.ScoreGradients + column;
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var key = 0; key < keys; key++) largest = Vector512.MaxNative(Vector512.Load(scores + (long)key * stride), largest);
        var (factor, sum, product) = (Vector512.Create((float)(scale / Math.Log(2))), Vector512<float>.Zero, Vector512<float>.Zero);
        for (var key = 0; key < keys; key++)
        {
            var position = (long)key * stride;
            var power = (Vector512.Load(scores + position) - largest) * factor;
            var weight = typeof(T) == typeof(float) ? PowerOfTwo.Of(power) : PowerOfTwo.Roughly(power);
            weight.Store(scores + position);
            sum += weight;
            product = Vector512.FusedMultiplyAdd(weight, Vector512.Load(gradients + position), product);
        }
        var share = Vector512<float>.One / sum;
        var (mean, scales) = (product * share, Vector512.Create(scale));
        for (var key = 0; key < keys; key++)
        {
            var weight = Vector512.Load(scores + (long)key * stride) * share;
            var change = weight * (Vector512.Load(gradients + (long)key * stride) - mean) * scales;
            TLanes.Store(toWeights + (long)key * featureStride, weight);
            TLanes.Store(toGradients + (long)key * featureStride, change);
        }
    }

    /// <summary>Gradients of scores in bfloat16 again, as the rows of a second factor.</summary>
    private static void Pair(AttentionGradientBuffers<T> buffers, int columns, int keys)
    {
        var rows = new RowRing<T>((T*)buffers.ScoreGradients, buffers.Queries * sizeof(float) / sizeof(T), 0, keys, keys);
        AttentionPacking<T, TLanes>.AsRows(rows, columns, buffers.Paired, buffers.Queries, (keys + 1) & ~1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(float* sums, RowRing<T> to, int width)
    {
        for (var row = 0; row < to.Count; row++)
            for (var c = 0; c < width; c += Lanes) TLanes.Store(to[row] + c, Vector512.Load(sums + (long)row * width + c));
    }

    /// <summary>Columns of sums become rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteAcross(float* sums, int stride, RowRing<T> to, int width)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var row = 0; row < to.Count; row += Lanes)
            for (var c = 0; c < width; c += Lanes)
            {
                for (var i = 0; i < Lanes; i++) block[i] = Vector512.Load((uint*)sums + (long)(c + i) * stride + row);
                SquareTransposition.Apply(block);
                for (var i = 0; i < Math.Min(Lanes, to.Count - row); i++) TLanes.Store(to[row + i] + c, block[i].AsSingle());
            }
    }
}

/// <summary>The memory in which one core differentiates the attention of a head.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
internal sealed unsafe class AttentionGradientBuffers<T> : IDisposable where T : unmanaged
{
    private const int Lanes = ILanes<T>.Count;
    private const int MostQueries = 64;

    /// <summary>
    /// Scores of 128 KB, and as much for their gradients, which leaves space for keys and values in a core's second cache.
    /// </summary>
    private const int CachedScores = 1 << 15;

    private readonly NativeBuffer _memory;
    private readonly long _sums;

    /// <param name="keys">The most that are seen at once.</param>
    /// <param name="all">Keys of a sequence.</param>
    /// <param name="queries">The most that see the same keys.</param>
    /// <param name="width">Numbers of a query, a key or a value.</param>
    internal AttentionGradientBuffers(int keys, int all, int queries, int width)
    {
        Queries = Math.Min(Math.Clamp(CachedScores / keys, Lanes, MostQueries), queries + Lanes - 1) / Lanes * Lanes;
        KeyStride = (keys + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes) + 2 * Lanes;
        var (scores, sums, block) = ((long)keys * Queries * sizeof(float), (long)all * width * sizeof(float), (long)Queries * width);
        var (across, paired) = ((long)KeyStride * width * sizeof(T), (long)(keys + 1) / 2 * 2 * Queries * sizeof(T));
        var total = 2 * scores + 2 * sums + across + paired + 4 * block * sizeof(T) + block * sizeof(float);
        _sums = sums;
        _memory = new NativeBuffer(total);
        var next = _memory.Address;
        Scores = (float*)Take(scores);
        ScoreGradients = (float*)Take(scores);
        KeySums = (float*)Take(sums);
        ValueSums = (float*)Take(sums);
        QuerySums = (float*)Take(block * sizeof(float));
        KeysAcross = (T*)Take(across);
        Paired = (T*)Take(paired);
        QueryColumns = (T*)Take(block * sizeof(T));
        QueryRows = (T*)Take(block * sizeof(T));
        GradientColumns = (T*)Take(block * sizeof(T));
        GradientRows = (T*)Take(block * sizeof(T));

        byte* Take(long bytes)
        {
            var taken = next;
            next += bytes;
            return taken;
        }
    }

    /// <summary>Queries at a time, a multiple of sixteen: from one row of scores to the next.</summary>
    internal int Queries { get; }

    /// <summary>Numbers from one row of <see cref="KeysAcross"/> to the next.</summary>
    internal int KeyStride { get; }

    /// <summary>A row of queries for each key; weights take their position.</summary>
    internal float* Scores { get; }

    /// <summary>What the loss changes by with each weight, then with each score.</summary>
    internal float* ScoreGradients { get; }

    /// <summary>The latter again, as the rows of a second factor.</summary>
    internal T* Paired { get; }

    /// <summary>Gradients of all keys so far.</summary>
    internal float* KeySums { get; }

    /// <summary>Gradients of all values so far.</summary>
    internal float* ValueSums { get; }

    /// <summary>Gradients of some queries, a row for each of their elements.</summary>
    internal float* QuerySums { get; }

    /// <summary>The keys that are seen, a row for each of their elements.</summary>
    internal T* KeysAcross { get; }

    /// <summary>Queries as columns of a second factor.</summary>
    internal T* QueryColumns { get; }

    /// <summary>Queries as rows of a second factor.</summary>
    internal T* QueryRows { get; }

    /// <summary>The gradient of what was attended, as columns of a second factor.</summary>
    internal T* GradientColumns { get; }

    /// <summary>The same as rows.</summary>
    internal T* GradientRows { get; }

    /// <summary>Starts again with the gradients of keys and values.</summary>
    internal void ClearSums()
    {
        NativeMemory.Clear(KeySums, (nuint)_sums);
        NativeMemory.Clear(ValueSums, (nuint)_sums);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
