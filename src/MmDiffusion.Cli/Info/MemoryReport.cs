namespace MmDiffusion.Cli.Info;

/// <summary>Memory in bytes.</summary>
/// <param name="Total">What this process may use at most: the machine's memory, or its container's limit.</param>
/// <param name="Available">What is free now, or could be made free; null where the system does not tell.</param>
internal sealed record MemoryReport(long Total, long? Available)
{
    private const string MemInfo = "/proc/meminfo";

    internal static MemoryReport Current() => new(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        File.Exists(MemInfo) && File.ReadLines(MemInfo).FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024
            : null);
}
