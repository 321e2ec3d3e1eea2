using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>
/// The squared maximum mean discrepancy of two sets of features under the kernel (x·y/D + 1)³, estimated without bias, so that it may be
/// below 0 (Gretton et al., 2012; of features: Bińkowski et al., 2018).
/// </summary>
public sealed class KernelDistance : ISampleDistance
{
    private const int Degree = 3;

    private readonly Tensor _real;
    private readonly Tensor _generated;
    private readonly Tensor _cross;

    internal KernelDistance(Tensor real, Tensor generated)
    {
        FeatureSets.Require(real, generated);
        using var scope = NewDisposeScope();
        var (x, y) = (real.detach().to_type(ScalarType.Float64), generated.detach().to_type(ScalarType.Float64));
        // A clip is never compared with itself, also where it was drawn twice.
        _real = WithoutDiagonal(Kernel(x, x)).DetachFromDisposeScope();
        _generated = WithoutDiagonal(Kernel(y, y)).DetachFromDisposeScope();
        _cross = Kernel(x, y).DetachFromDisposeScope();
    }

    int ISampleDistance.Real => (int)_cross.shape[0];

    int ISampleDistance.Generated => (int)_cross.shape[1];

    bool ISampleDistance.IsNeverNegative => false;

    /// <summary>The distance of two sets.</summary>
    /// <param name="real">[N,D], N at least 2.</param>
    /// <param name="generated">[M,D], M at least 2.</param>
    /// <exception cref="MmDiffusionException">There are too few features, they differ in dimension, or are not finite.</exception>
    public static double Between(Tensor real, Tensor generated)
    {
        using ISampleDistance distance = new KernelDistance(real, generated);
        return distance.Between([.. Enumerable.Range(0, distance.Real)], [.. Enumerable.Range(0, distance.Generated)]);
    }

    double ISampleDistance.Between(int[] real, int[] generated)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Counts(real, _cross.shape[0]), Counts(generated, _cross.shape[1]));
        return (Inner(_real, x).Plus(Inner(_generated, y)) - x.dot(_cross.mv(y)).Times(2) / (x.sum() * y.sum())).item<double>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _real.Dispose();
        _generated.Dispose();
        _cross.Dispose();
    }

    /// <summary>The mean of the kernel over all pairs of different clips.</summary>
    private static Tensor Inner(Tensor kernel, Tensor counts) =>
        counts.dot(kernel.mv(counts)) / (counts.sum().Squared() - counts.Squared().sum());

    /// <summary>How often each clip was drawn.</summary>
    private static Tensor Counts(int[] drawn, long clips)
    {
        var counts = new double[clips];
        foreach (var clip in drawn) counts[clip]++;
        return tensor(counts);
    }

    private static Tensor WithoutDiagonal(Tensor kernel) => kernel - kernel.diagonal().diag();

    private static Tensor Kernel(Tensor x, Tensor y) => x.matmul(y.mT).DividedBy(x.shape[1]).Plus(1).Power(Degree);
}
