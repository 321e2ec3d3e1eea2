using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>How features [N,…,C] are normed: each sample's rows of C channels, in pieces small enough for a cache, by several threads.</summary>
/// <param name="Samples">N.</param>
/// <param name="Rows">Product of the extents between samples and channels.</param>
/// <param name="Channels">C, a multiple of the groups.</param>
/// <param name="Groups">Groups of neighbouring channels that share a mean and a variance.</param>
/// <param name="Segments">Runs of rows that are scaled and shifted each on its own, S: row i belongs to segment ⌊(i+½)·S/Rows⌋.</param>
internal readonly record struct NormShape(int Samples, int Rows, int Channels, int Groups, int Segments)
{
    internal int ChannelsPerGroup => Channels / Groups;

    /// <summary>Rows of a piece, at most.</summary>
    internal int PieceRows => Math.Clamp(Threads.LeastWork / Channels, 1, Rows);

    internal int PiecesPerSample => Ceiling.Of(Rows, PieceRows);

    /// <summary>Sums of all pieces of a sample, or the scales of all its segments if they are more.</summary>
    internal long SumLength => (long)Math.Max(PiecesPerSample, Segments) * Channels;

    /// <summary>Numbers of a sample.</summary>
    internal long SampleLength => (long)Rows * Channels;

    /// <summary>The shape of features whose last dimension is the channels.</summary>
    internal static NormShape Of(Tensor x, int groups, int segments = 1)
    {
        var (samples, channels) = ((int)x.size(0), (int)x.size(-1));
        return new NormShape(samples, (int)(x.numel() / channels / samples), channels, groups, segments);
    }

    /// <summary>The first row of a segment; for S, the number of rows.</summary>
    internal int SegmentStart(int segment) => (int)((2L * segment * Rows + Segments - 1) / (2L * Segments));

    /// <summary>The segment of a row.</summary>
    internal int SegmentOf(int row) => (int)((2L * row + 1) * Segments / (2L * Rows));

    /// <summary>Runs an action on every piece: its number in its sample, its sample, its first row, its rows.</summary>
    internal void ForEachPiece(Action<int, int, int, int> action)
    {
        var (pieces, pieceRows, rows) = (PiecesPerSample, PieceRows, Rows);
        Threads.For(Samples * pieces, Samples * SampleLength, index =>
        {
            var (sample, piece) = (index / pieces, index % pieces);
            action(piece, sample, piece * pieceRows, Math.Min(pieceRows, rows - piece * pieceRows));
        });
    }

    /// <summary>Pieces of a segment, at most.</summary>
    internal int PiecesPerSegment => Ceiling.Of(Ceiling.Of(Rows, Segments), PieceRows);

    /// <summary>Runs an action on every piece of every segment: its number in the segment, the segment, its sample, where it begins, its rows, which may be none.</summary>
    internal void ForEachPieceOfSegments(Action<int, int, int, long, int> action)
    {
        var shape = this;
        var (pieces, pieceRows, segments) = (PiecesPerSegment, PieceRows, Segments);
        Threads.For(Samples * segments * pieces, Samples * SampleLength, index =>
        {
            var (sample, segment, piece) = (index / (segments * pieces), index / pieces % segments, index % pieces);
            var (row, end) = (shape.SegmentStart(segment) + piece * pieceRows, shape.SegmentStart(segment + 1));
            action(piece, segment, sample, ((long)sample * shape.Rows + row) * shape.Channels, Math.Clamp(end - row, 0, pieceRows));
        });
    }

    /// <summary>Runs an action on every sample.</summary>
    /// <param name="numbers">That it goes through for each.</param>
    /// <param name="action">Given a sample.</param>
    internal void ForEachSample(long numbers, Action<int> action) => Threads.For(Samples, Samples * numbers, action);
}
