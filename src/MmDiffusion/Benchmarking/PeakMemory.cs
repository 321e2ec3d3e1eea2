using System.Diagnostics;
using MmDiffusion.Primitives;

namespace MmDiffusion.Benchmarking;

/// <summary>The largest resident size of this process since a moment.</summary>
internal static class PeakMemory
{
    private const string ClearReferences = "/proc/self/clear_refs";
    private const string Status = "/proc/self/status";
    private const string PeakLine = "VmHWM:";

    /// <summary>Gives back what is free, and begins anew where the system can (Linux); elsewhere the peak is that of the process so far.</summary>
    internal static void Reset()
    {
        TorchRuntime.TrimMemory();
        try
        {
            if (File.Exists(ClearReferences)) File.WriteAllText(ClearReferences, "5");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it: then the peak is that of the process so far, which is too much rather than too little.
        }
    }

    /// <summary>Bytes.</summary>
    internal static long Read()
    {
        if (File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(PeakLine, StringComparison.Ordinal)) is { } line)
            return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
