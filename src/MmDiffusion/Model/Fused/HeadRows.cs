using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Where the rows of [N,heads,T,D] lie, each of which is in one piece.</summary>
/// <typeparam name="T">How numbers are stored.</typeparam>
internal readonly unsafe struct HeadRows<T> where T : unmanaged
{
    private readonly T* _first;
    private readonly long _sequence;
    private readonly long _head;

    /// <param name="heads">[N,heads,T,D]</param>
    internal HeadRows(Tensor heads)
    {
        using var number = heads.as_strided([1], [1], heads.storage_offset()); // The first: heads as a whole are not one piece.
        _first = Memory.Of<T>(number);
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
