using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>
/// The Fréchet distance of the normal distributions that have the means and covariances of two sets of features (Heusel et al., 2017;
/// of videos: Unterthiner et al., 2018): |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½), covariances over n - 1.
/// </summary>
/// <remarks>
/// No covariance is formed and no root is taken of one. With Σ = AᵀA for the centred features A, the trace of the root is the sum of
/// the singular values of A₁A₂ᵀ, which are right to the last digits however few clips there are for the number of dimensions.
/// </remarks>
public sealed class FrechetDistance : ISampleDistance
{
    private readonly Tensor _real;
    private readonly Tensor _generated;

    internal FrechetDistance(Tensor real, Tensor generated)
    {
        FeatureSets.Require(real, generated);
        (_real, _generated) = (FeatureSets.Own(real), FeatureSets.Own(generated));
    }

    int ISampleDistance.Real => (int)_real.shape[0];

    int ISampleDistance.Generated => (int)_generated.shape[0];

    bool ISampleDistance.IsNeverNegative => true;

    /// <summary>The distance of two sets.</summary>
    /// <param name="real">[N,D], N at least 2.</param>
    /// <param name="generated">[M,D], M at least 2.</param>
    /// <exception cref="MmDiffusionException">There are too few features, they differ in dimension, or are not finite.</exception>
    public static double Between(Tensor real, Tensor generated)
    {
        using var scope = NewDisposeScope();
        FeatureSets.Require(real, generated);
        return Distance(real.to_type(ScalarType.Float64), generated.to_type(ScalarType.Float64));
    }

    double ISampleDistance.Between(int[] real, int[] generated)
    {
        using var scope = NewDisposeScope();
        return Distance(_real.index_select(0, tensor(real)), _generated.index_select(0, tensor(generated)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _real.Dispose();
        _generated.Dispose();
    }

    private static double Distance(Tensor x, Tensor y)
    {
        var (a, b) = (Root(x), Root(y));
        var means = (x.mean([0]) - y.mean([0])).Squared().sum();
        var spread = a.Squared().sum().Plus(b.Squared().sum()) - linalg.svdvals(a.matmul(b.mT)).sum().Times(2);
        // Rounding may leave equal sets a hair below 0.
        return Math.Max(0, means.Plus(spread).item<double>());
    }

    /// <summary>A with AᵀA the covariance, of no more rows than columns.</summary>
    private static Tensor Root(Tensor features)
    {
        var (n, d) = (features.shape[0], features.shape[1]);
        var centred = (features - features.mean([0])).DividedBy(Math.Sqrt(n - 1));
        return n > d ? linalg.qr(centred, linalg.QRMode.R).R : centred;
    }
}

/// <summary>
/// A distance of two sets of features that is asked for many of their samples, of which some may be drawn more than once.
/// </summary>
internal interface ISampleDistance : IDisposable
{
    /// <summary>Number of real clips.</summary>
    int Real { get; }

    /// <summary>Number of generated clips.</summary>
    int Generated { get; }

    /// <summary>Whether no sample gives less than 0.</summary>
    bool IsNeverNegative { get; }

    /// <summary>The distance of two samples.</summary>
    /// <param name="real">Numbers of real clips, at least 2 different ones.</param>
    /// <param name="generated">Numbers of generated clips, at least 2 different ones.</param>
    double Between(int[] real, int[] generated);
}
