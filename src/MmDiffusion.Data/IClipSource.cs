using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data;

/// <summary>
/// Clips to train on, by number: packed shards, videos, or scenes drawn as they are asked for. Reading the same number gives the same
/// bytes, whatever was read before. May be read by several threads at once.
/// </summary>
public interface IClipSource : IDisposable
{
    /// <summary>The size of every clip.</summary>
    ClipShape Shape { get; }

    /// <summary>Number of clips, at least 1.</summary>
    int Count { get; }

    /// <summary>Tells these clips from others: the same only where every clip is the same.</summary>
    string Digest { get; }

    /// <summary>
    /// The class of a clip: the kind of a scene, or the first folder on the way to a file. Null where there is none. Asked after the clip
    /// is read.
    /// </summary>
    /// <param name="index">0 … <see cref="Count"/> - 1.</param>
    string? LabelOf(int index) => null;

    /// <summary>Reads one clip.</summary>
    /// <param name="index">0 … <see cref="Count"/> - 1.</param>
    /// <param name="frames">Receives [F,H,W,3] RGB.</param>
    /// <param name="sound">Receives the samples, of which 32,768 steps are full scale.</param>
    /// <exception cref="MmDiffusionException">The clip cannot be read.</exception>
    void Read(int index, Span<byte> frames, Span<short> sound);
}

/// <summary>
/// The clips that a training meets first, in its order: of a large source a short training sees but a part. Mirrored ones are given as they
/// are in the source.
/// </summary>
public sealed class FirstMetClips : IClipSource
{
    private readonly IClipSource _source;
    private readonly ClipOrder _order;
    private readonly ulong _seed;

    /// <summary>Chooses clips.</summary>
    /// <param name="source">All clips of the training; stays the caller's.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="count">How many, at least 1; at most all are given.</param>
    public FirstMetClips(IClipSource source, ulong seed, int count)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_source, _seed, Count) = (source, seed, Math.Min(count, source.Count));
        _order = new ClipOrder(source.Count, seed);
    }

    /// <inheritdoc/>
    public ClipShape Shape => _source.Shape;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public string Digest => FormattableString.Invariant($"the first {Count} by {_seed} of {_source.Digest}");

    /// <summary>The number that a clip has in the source.</summary>
    /// <param name="index">0 … <see cref="Count"/> - 1.</param>
    public int IndexOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _order.At(index).Index;
    }

    /// <inheritdoc/>
    public string? LabelOf(int index) => _source.LabelOf(IndexOf(index));

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound) => _source.Read(IndexOf(index), frames, sound);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
