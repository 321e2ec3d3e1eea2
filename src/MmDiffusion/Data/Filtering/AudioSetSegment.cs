namespace MmDiffusion.Data;

/// <summary>A line of AudioSet's tables of segments.</summary>
/// <param name="Id">The video's name at YouTube, 11 characters.</param>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Labels">Machine identifiers of its sound classes, such as "/m/09x0r".</param>
public sealed record AudioSetSegment(string Id, double Start, double End, IReadOnlyList<string> Labels);
