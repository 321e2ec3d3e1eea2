namespace MmDiffusion.Generation;

/// <summary>A clip that is stored.</summary>
/// <param name="Path">Its file, or its folder of frames.</param>
/// <param name="ManifestPath">The JSON beside it.</param>
/// <param name="Manifest">How to make it again.</param>
public sealed record WrittenClip(string Path, string ManifestPath, ClipManifest Manifest);
