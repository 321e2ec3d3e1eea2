using System.Runtime.InteropServices;

namespace MmDiffusion.Model;

/// <summary>The memory in which one core attends to the keys of a head, made to stay in its cache.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
internal readonly unsafe struct AttentionRoom<T> : IDisposable where T : unmanaged
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Scores of 256 KB, which leaves room for keys and values in a core's second cache.</summary>
    private const int CachedScores = 1 << 16;

    private const int Alignment = 64;

    private readonly void* _memory;

    /// <param name="keys">That are seen.</param>
    /// <param name="width">Numbers of a key.</param>
    internal AttentionRoom(int keys, int width)
    {
        (KeyCount, KeySpace, Width) = (keys, (keys + 2 * Lanes - 1) / (2 * Lanes) * (2 * Lanes), width);
        Scale = (float)(1 / (Math.Sqrt(width) * Math.Log(2)));
        KeyStride = KeySpace + Lanes;
        WeightStride = KeyStride * sizeof(float) / sizeof(T);
        Queries = Math.Clamp(CachedScores / KeySpace, Lanes, MostQueries);
        var (packed, scores, sums) = ((long)KeyStride * width * sizeof(T), (long)Queries * KeyStride * sizeof(float), (long)Queries * width * sizeof(float));
        _memory = NativeMemory.AlignedAlloc((nuint)(2 * packed + scores + sums + MostQueries * sizeof(float)), Alignment);
        Keys = (T*)_memory;
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

    /// <summary>From one row of keys, or of scores, to the next: an odd number of cache lines, so that they do not crowd into a few places of the cache.</summary>
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

    /// <summary>A row of keys for each query; weights take their place.</summary>
    internal float* Scores { get; }

    /// <summary>Numbers from one row of weights to the next.</summary>
    internal int WeightStride { get; }

    /// <summary>Weighted sums of values for each query.</summary>
    internal float* Sums { get; }

    /// <summary>What they have to be multiplied by.</summary>
    internal float* Factors { get; }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
