namespace MmDiffusion.Data;

/// <summary>How far work on a data set is.</summary>
/// <param name="Done">How many are done.</param>
/// <param name="Total">How many there are to do, without those that were found done.</param>
public readonly record struct DataProgress(int Done, int Total);
