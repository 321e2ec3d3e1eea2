using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>A clip and how it came about.</summary>
/// <param name="Clip">Picture and sound.</param>
/// <param name="Manifest">How to make it again.</param>
public sealed record GeneratedClip(Clip Clip, ClipManifest Manifest);
