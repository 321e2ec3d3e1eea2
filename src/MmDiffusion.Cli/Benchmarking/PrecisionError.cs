using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>By how much a network's prediction changes with the format it computes in.</summary>
internal static class PrecisionError
{
    /// <summary>
    /// ‖prediction − prediction in float32‖ / ‖prediction in float32‖ for noise, every layer's weights being random.
    /// </summary>
    /// <param name="description">The network's sizes.</param>
    /// <param name="type">What it computes in.</param>
    /// <exception cref="MmDiffusionException">The description is not valid.</exception>
    internal static double Measure(ModelDescription description, ScalarType type)
    {
        description.Validate();
        TorchRuntime.EnsureLoaded();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (found, exact) = (Predict(description, type), Predict(description, ScalarType.Float32));
        return ((found - exact).norm() / exact.norm()).item<float>();
    }

    private static Tensor Predict(ModelDescription description, ScalarType type)
    {
        using var network = new BenchmarkedNetwork(description, CPU, type);
        network.FillBranches();
        return network.Predict();
    }
}
