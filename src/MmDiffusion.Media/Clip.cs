namespace MmDiffusion.Media;

/// <summary>A picture and its sound, both starting at time 0.</summary>
/// <param name="Frames">The picture.</param>
/// <param name="Sound">The sound.</param>
public sealed record Clip(Frames Frames, Sound Sound)
{
    /// <summary>The sound as a file has it, which is then stored instead of <see cref="Sound"/>; null where the sound is of no file.</summary>
    public OriginalSound? Original { get; init; }

    /// <summary>
    /// The picture as a file has it, which is then copied instead of storing <see cref="Frames"/> where the format can hold it; null where the frames
    /// are of no file.
    /// </summary>
    public OriginalPicture? Picture { get; init; }
}
