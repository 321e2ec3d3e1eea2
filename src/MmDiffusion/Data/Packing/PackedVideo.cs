namespace MmDiffusion.Data;

/// <summary>One video in a shard: the tensors <c>NAME.frames</c>, uint8 [T,H,W,3], and <c>NAME.sound</c>, int16 [S].</summary>
public sealed record PackedVideo
{
    /// <summary>Before the dot in the names of its tensors.</summary>
    public required string Name { get; init; }

    /// <summary>The file it was decoded from, relative to the folder that was packed.</summary>
    public required string Source { get; init; }

    /// <summary>Bytes of that file: packing resumes only where they are the same.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>Frames, T.</summary>
    public required int Frames { get; init; }

    /// <summary>Samples, S.</summary>
    public required int Samples { get; init; }
}
