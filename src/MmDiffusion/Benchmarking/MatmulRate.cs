using System.Diagnostics;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarking;

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
