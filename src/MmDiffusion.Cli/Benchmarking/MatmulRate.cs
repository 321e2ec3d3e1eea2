using System.Diagnostics;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>How fast a device multiplies large matrices: what a network can be measured by.</summary>
internal static class MatmulRate
{
    private const long Extent = 4096;
    private const int Rounds = 2;

    /// <summary>Multiplies twice.</summary>
    /// <returns>Operations per second of the better one.</returns>
    internal static double Measure(Device device, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(0);
        var (left, right) = (random.Normal(Extent, Extent).to(type).to(device), random.Normal(Extent, Extent).to(type).to(device));
        var best = double.PositiveInfinity;
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            using var product = left.matmul(right);
            if (device.type == TorchSharp.DeviceType.CUDA) cuda.synchronize(device);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return 2.0 * Extent * Extent * Extent / best;
    }
}

/// <summary>The largest resident size of this process since a moment.</summary>
internal static class PeakMemory
{
    private const string ClearReferences = "/proc/self/clear_refs";
    private const string Status = "/proc/self/status";
    private const string PeakLine = "VmHWM:";

    /// <summary>
    /// Gives back what is free, and starts again where the system can (Linux); elsewhere the peak is that of the process so far.
    /// </summary>
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
        if (File.Exists(Status)
            && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(PeakLine, StringComparison.Ordinal)) is { } line)
            return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
