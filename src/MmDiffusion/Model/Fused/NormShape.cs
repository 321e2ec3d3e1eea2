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

    internal int PiecesPerSample => (Rows + PieceRows - 1) / PieceRows;

    /// <summary>The number of a channel's group, over all samples.</summary>
    internal int GroupAt(int sample, int channel) => sample * Groups + channel / ChannelsPerGroup;

    /// <summary>The shape of features whose last dimension is the channels.</summary>
    internal static NormShape Of(Tensor x, int groups)
    {
        var channels = (int)x.shape[^1];
        var samples = (int)x.shape[0];
        return new NormShape(samples, (int)(x.numel() / channels / samples), channels, groups);
    }

    /// <summary>Runs an action on every piece: its number, its sample, its first row, its rows.</summary>
    internal void ForEachPiece(Action<int, int, int, int> action)
    {
        var (pieces, pieceRows, rows) = (PiecesPerSample, PieceRows, Rows);
        Threads.For(Samples * pieces, (long)Samples * rows * Channels, piece =>
        {
            var first = piece % pieces * pieceRows;
            action(piece, piece / pieces, first, Math.Min(pieceRows, rows - first));
        });
    }

    /// <summary>Runs an action on every sample.</summary>
    internal void ForEachSample(Action<int> action) => Threads.For(Samples, (long)Samples * Channels * 16, action);
}
