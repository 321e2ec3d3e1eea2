using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>A file of a data set.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Digest">SHA-256 of its bytes, in lower-case hexadecimal; null where it cannot be read.</param>
/// <param name="Media">What it holds; null where that cannot be found out.</param>
/// <param name="Failure">Why not, in a sentence with <paramref name="Path"/>; null where it can.</param>
public sealed record IndexedFile(string Path, long Bytes, string? Digest, MediaInformation? Media, string? Failure);
