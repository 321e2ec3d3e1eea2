using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Info;

/// <summary>Memory in bytes.</summary>
/// <param name="Total">What this process may use at most: the machine's memory, or its group's limit.</param>
/// <param name="Available">What is free now, or could be made free; null where the system does not tell.</param>
/// <param name="GroupLimit">What the container, or another control group, allows this process where that is less than the machine has; null where it is not.</param>
internal sealed record MemoryReport(long Total, long? Available, long? GroupLimit)
{
    internal static MemoryReport Current() => new(MachineMemory.Total, MachineMemory.Available, MachineMemory.GroupLimit);
}
