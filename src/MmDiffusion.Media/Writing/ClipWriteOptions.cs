namespace MmDiffusion.Media;

/// <summary>Settings of <see cref="ClipWriter"/>.</summary>
public sealed record ClipWriteOptions
{
    /// <summary>Constant rate factor of mp4: 0 (lossless) to 51 (worst). 17 is hardly told from the original.</summary>
    public int H264Quality { get; init; } = 17;

    /// <summary>Constant quality of webm: 0 (best) to 63 (worst).</summary>
    public int Vp9Quality { get; init; } = 20;

    /// <summary>Entries such as "title" and "comment", stored in mp4 and webm files.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
