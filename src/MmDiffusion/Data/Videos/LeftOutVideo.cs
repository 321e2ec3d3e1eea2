namespace MmDiffusion.Data;

/// <summary>A file of a data set that gives no clips.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="Reason">Why not, in a sentence.</param>
public sealed record LeftOutVideo(string Path, string Reason);
