using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>How many floating-point operations networks make: every layer counts its own while the network runs once.</summary>
public static class NetworkOperations
{
    /// <summary>Of one forward pass: a call of a joint model for a clip, of an upscaler for a frame of its full size.</summary>
    /// <param name="description">The network's sizes.</param>
    /// <param name="batch">Clips or frames.</param>
    /// <returns>Operations; a multiplication with its addition is two.</returns>
    /// <exception cref="MmDiffusionException">The description is not valid.</exception>
    public static long OfForward(ModelDescription description, int batch = 1)
    {
        description.Validate();
        TorchRuntime.EnsureLoaded();
        using var network = new BenchmarkedNetwork(description, CPU, PrecisionChoice.For(Precision.Auto, CPU).Type);
        return network.CountOperations(batch);
    }

    /// <summary>Of a sampling run: several calls, of which some reuse the deep features of one before.</summary>
    /// <param name="description">The network's sizes.</param>
    /// <param name="calls">How many, at least 1.</param>
    /// <param name="interval">Every how many calls everything is computed, at least 1: see <see cref="DeepFeatures"/>.</param>
    /// <param name="levels">Levels that every call computes, at least 1.</param>
    /// <returns>Operations for one clip or frame.</returns>
    /// <exception cref="MmDiffusionException">The description is not valid.</exception>
    public static long OfRun(ModelDescription description, int calls, int interval, int levels = 1)
    {
        description.Validate();
        TorchRuntime.EnsureLoaded();
        using var network = new BenchmarkedNetwork(description, CPU, PrecisionChoice.For(Precision.Auto, CPU).Type);
        using var features = new DeepFeatures(Math.Max(interval, 2), levels);
        var (whole, upper) = (network.CountOperations(1, features), interval > 1 && calls > 1 ? network.CountOperations(1, features) : 0);
        var full = (calls + interval - 1) / interval;
        return full * whole + (calls - full) * upper;
    }
}
