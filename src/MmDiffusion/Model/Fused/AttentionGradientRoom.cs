using System.Runtime.InteropServices;

namespace MmDiffusion.Model;

/// <summary>The memory in which one core differentiates the attention of a head.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
internal readonly unsafe struct AttentionGradientRoom<T> : IDisposable where T : unmanaged
{
    private const int Lanes = ILanes<T>.Count;
    private const int MostQueries = 64;

    /// <summary>Scores of 128 KB, and as much for their gradients, which leaves room for keys and values in a core's second cache.</summary>
    private const int CachedScores = 1 << 15;

    private const int Alignment = 64;

    private readonly byte* _memory;
    private readonly long _sums;

    /// <param name="keys">The most that are seen at once.</param>
    /// <param name="all">Keys of a sequence.</param>
    /// <param name="queries">The most that see the same keys.</param>
    /// <param name="width">Numbers of a query, a key or a value.</param>
    internal AttentionGradientRoom(int keys, int all, int queries, int width)
    {
        Queries = Math.Min(Math.Clamp(CachedScores / keys, Lanes, MostQueries), queries + Lanes - 1) / Lanes * Lanes;
        KeyStride = (keys + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes) + 2 * Lanes;
        var (scores, sums, block) = ((long)keys * Queries * sizeof(float), (long)all * width * sizeof(float), (long)Queries * width);
        var (across, paired) = ((long)KeyStride * width * sizeof(T), (long)(keys + 1) / 2 * 2 * Queries * sizeof(T));
        var total = 2 * scores + 2 * sums + across + paired + 4 * block * sizeof(T) + block * sizeof(float);
        _sums = sums;
        var next = _memory = (byte*)NativeMemory.AlignedAlloc((nuint)total, Alignment);
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

    /// <summary>A row of queries for each key; weights take their place.</summary>
    internal float* Scores { get; }

    /// <summary>What the loss changes by with each weight, then with each score.</summary>
    internal float* ScoreGradients { get; }

    /// <summary>The latter once more, as the rows of a second factor.</summary>
    internal T* Paired { get; }

    /// <summary>Gradients of all keys so far.</summary>
    internal float* KeySums { get; }

    /// <summary>Gradients of all values so far.</summary>
    internal float* ValueSums { get; }

    /// <summary>Gradients of some queries, a row for each of their numbers.</summary>
    internal float* QuerySums { get; }

    /// <summary>The keys that are seen, a row for each of their numbers.</summary>
    internal T* KeysAcross { get; }

    /// <summary>Queries as columns of a second factor.</summary>
    internal T* QueryColumns { get; }

    /// <summary>Queries as rows of a second factor.</summary>
    internal T* QueryRows { get; }

    /// <summary>The gradient of what was attended, as columns of a second factor.</summary>
    internal T* GradientColumns { get; }

    /// <summary>The same as rows.</summary>
    internal T* GradientRows { get; }

    /// <summary>Begins anew with the gradients of keys and values.</summary>
    internal void ClearSums()
    {
        NativeMemory.Clear(KeySums, (nuint)_sums);
        NativeMemory.Clear(ValueSums, (nuint)_sums);
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
