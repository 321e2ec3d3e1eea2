using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>Formulas on normal distributions with independent elements.</summary>
public static class GaussianMath
{
    // Below this a probability is taken for 0, so that its logarithm stays finite.
    private const double LeastProbability = 1e-12;

    /// <summary>KL(N(mean1, e^logVariance1) ‖ N(mean2, e^logVariance2)) of each element, in nats.</summary>
    public static Tensor KullbackLeibler(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2)
    {
        using var scope = NewDisposeScope();
        var spread = logVariance2 - logVariance1 - 1 + (logVariance1 - logVariance2).exp();
        var distance = (mean1 - mean2).square() * (-logVariance2).exp();
        return scope.MoveToOuter(0.5 * (spread + distance));
    }

    /// <summary>
    /// Log-likelihood, in nats, of values on a grid of 256 levels in [-1, 1] under a normal distribution: the probability of the
    /// level's interval, which is open-ended at both ends of the grid.
    /// </summary>
    /// <param name="x">Values in [-1, 1].</param>
    /// <param name="mean">Mean of each element.</param>
    /// <param name="logScale">Logarithm of the standard deviation, shaped to broadcast.</param>
    public static Tensor DiscretisedLogLikelihood(Tensor x, Tensor mean, Tensor logScale)
    {
        using var scope = NewDisposeScope();
        var centred = x - mean;
        var inverseScale = (-logScale).exp();
        var below = ApproximateNormalCdf(inverseScale * (centred + 1 / 255.0));
        var above = ApproximateNormalCdf(inverseScale * (centred - 1 / 255.0));
        var probability = where(x < -0.999, below, where(x > 0.999, 1 - above, below - above));
        return scope.MoveToOuter(probability.clamp(min: LeastProbability).log());
    }

    /// <summary>Mean over everything but the batch.</summary>
    /// <returns>[B].</returns>
    internal static Tensor PerSampleMean(Tensor values)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(values.flatten(1).mean([1]));
    }

    // The tanh approximation, as in the published losses.
    private static Tensor ApproximateNormalCdf(Tensor x) => 0.5 * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh());
}
