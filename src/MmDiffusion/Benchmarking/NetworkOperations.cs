using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarking;

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
}
