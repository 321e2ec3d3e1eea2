namespace MmDiffusion.Evaluation.Features;

/// <summary>All that is measured of a clip.</summary>
/// <param name="Path">The file.</param>
/// <param name="Digest">The SHA-256 of its bytes in hexadecimal.</param>
/// <param name="Video">Features of the picture.</param>
/// <param name="Audio">Features of the sound.</param>
/// <param name="Look">Everything else.</param>
public sealed record ClipFeatures(string Path, string Digest, float[] Video, float[] Audio, ClipLook Look);
