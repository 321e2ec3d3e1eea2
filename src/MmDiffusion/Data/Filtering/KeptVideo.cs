namespace MmDiffusion.Data;

/// <summary>A video that <see cref="MediaFilter"/> keeps.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="FrameRate">Frames per second.</param>
/// <param name="Width">Columns of a frame.</param>
/// <param name="Height">Rows of a frame.</param>
/// <param name="Labels">Of AudioSet's table; null without one.</param>
public sealed record KeptVideo(string Path, double FrameRate, int Width, int Height, IReadOnlyList<string>? Labels);
