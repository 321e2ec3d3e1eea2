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
    /// The class of a clip: the kind of a scene, or the first folder on the way to a file. Null where there is none. Asked after the clip is read.
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
