namespace MmDiffusion.Media;

/// <summary>A picture and its sound, both starting at time 0.</summary>
/// <param name="Frames">The picture.</param>
/// <param name="Sound">The sound.</param>
public sealed record Clip(Frames Frames, Sound Sound);
