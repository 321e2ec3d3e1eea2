using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>How features [N,…,C] are normed: each sample's rows of C channels, in pieces small enough for a cache, by several threads.</summary>
/// <param name="Samples">N.</param>
/// <param name="Rows">Product of the extents between samples and channels.</param>
/// <param name="Channels">C, a multiple of the groups.</param>
/// <param name="Groups">Groups of neighbouring channels that share a mean and a variance.</param>
internal readonly record struct NormShape(int Samples, int Rows, int Channels, int Groups)
{
    internal int ChannelsPerGroup => Channels / Groups;

    /// <summary>Rows of a piece, at most.</summary>
    internal int PieceRows => Math.Clamp(Threads.LeastWork / Channels, 1, Rows);

    internal int PiecesPerSample => Ceiling.Of(Rows, PieceRows);

    /// <summary>Sums of all pieces of a sample.</summary>
    internal long SumLength => (long)PiecesPerSample * Channels;

    /// <summary>Numbers of a sample.</summary>
    internal long SampleLength => (long)Rows * Channels;

    /// <summary>The shape of features whose last dimension is the channels.</summary>
    internal static NormShape Of(Tensor x, int groups)
    {
        var (samples, channels) = ((int)x.size(0), (int)x.size(-1));
        return new NormShape(samples, (int)(x.numel() / channels / samples), channels, groups);
    }

    /// <summary>Runs an action on every piece: its number, its sample, where it begins, its rows.</summary>
    internal void ForEachPiece(Action<int, int, long, int> action)
    {
        var (pieces, pieceRows, rows, channels) = (PiecesPerSample, PieceRows, Rows, Channels);
        Threads.For(Samples * pieces, Samples * SampleLength, piece =>
        {
            var (sample, first) = (piece / pieces, piece % pieces * pieceRows);
            action(piece, sample, ((long)sample * rows + first) * channels, Math.Min(pieceRows, rows - first));
        });
    }

    /// <summary>Runs an action on every sample.</summary>
    /// <param name="numbers">That it goes through for each.</param>
    /// <param name="action">Given a sample.</param>
    internal void ForEachSample(long numbers, Action<int> action) => Threads.For(Samples, Samples * numbers, action);
}
