namespace MmDiffusion.Primitives;

/// <summary>How much memory there is, in bytes.</summary>
public static class MachineMemory
{
    private const string MemInfo = "/proc/meminfo";
    private const string AvailableLine = "MemAvailable:";

    /// <summary>What this process may use at most: the machine's memory, or its container's limit.</summary>
    public static long Total => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>What is free, or could be made free; null where the system does not tell.</summary>
    public static long? Available => File.Exists(MemInfo) && File.ReadLines(MemInfo).FirstOrDefault(line => line.StartsWith(AvailableLine, StringComparison.Ordinal)) is { } line
        ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024
        : null;

    /// <summary>What this process may grow to, what it holds already included.</summary>
    public static long Attainable => Available is { } available ? Math.Min(Total, available + Environment.WorkingSet) : Total;
}
