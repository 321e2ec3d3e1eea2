using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Info;

/// <summary>Memory in bytes.</summary>
/// <param name="Total">What this process may use at most: the machine's memory, or its container's limit.</param>
/// <param name="Available">What is free now, or could be made free; null where the system does not tell.</param>
internal sealed record MemoryReport(long Total, long? Available)
{
    internal static MemoryReport Current() => new(MachineMemory.Total, MachineMemory.Available);
}
