using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Process;

/// <summary>Formulas on normal distributions with independent elements.</summary>
public static class GaussianMath
{
    // Below this a probability is taken for 0, so that its logarithm stays finite.
    private const double LeastProbability = 1e-12;

    /// <summary>KL(N(mean1, e^logVariance1) ‖ N(mean2, e^logVariance2)) of each element, in nats.</summary>
    public static Tensor KullbackLeibler(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2)
    {
        using var scope = NewDisposeScope();
        var spread = (logVariance2 - logVariance1).Minus(1).Plus((logVariance1 - logVariance2).exp());
        var distance = (mean1 - mean2).Squared() * (-logVariance2).exp();
        return scope.MoveToOuter(spread.Plus(distance).Times(0.5));
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
        var below = ApproximateNormalCdf(inverseScale * centred.Plus(1 / 255.0));
        var above = ApproximateNormalCdf(inverseScale * centred.Minus(1 / 255.0));
        var probability = where(x.LessThan(-0.999), below, where(x.GreaterThan(0.999), above.SubtractedFrom(1), below - above));
        return scope.MoveToOuter(probability.Clamped(min: LeastProbability).log());
    }

    /// <summary>Mean over everything but the batch.</summary>
    /// <returns>[B].</returns>
    internal static Tensor PerSampleMean(Tensor values)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(values.flatten(1).mean([1]));
    }

    // The tanh approximation, as in the published losses: ½·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
    private static Tensor ApproximateNormalCdf(Tensor x) =>
        x.Plus(x.Power(3).Times(0.044715)).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1).Times(0.5);
}
