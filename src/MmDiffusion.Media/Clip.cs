namespace MmDiffusion.Media;

/// <summary>A picture and its sound, both starting at time 0.</summary>
/// <param name="Frames">The picture.</param>
/// <param name="Sound">The sound.</param>
public sealed record Clip(Frames Frames, Sound Sound)
{
    /// <summary>The sound as a file has it, which is then stored instead of <see cref="Sound"/>; null where the sound is of no file.</summary>
    public OriginalSound? Original { get; init; }
}
