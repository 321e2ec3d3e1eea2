using MmDiffusion.Diffusion.Process;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Process;

[Trait("group", "unit")]
public sealed class GaussianMathTests
{
    [Fact]
    public void The_divergence_is_zero_of_equals_positive_otherwise_and_right_by_hand()
    {
        using var scope = NewDisposeScope();
        var (mean, log) = (tensor([0.3, -1, 2]), tensor([-1.0, 0, 1]));
        Assert.True(GaussianMath.KullbackLeibler(mean, log, mean, log).abs().max().item<double>() < 1e-12);
        // KL(N(1, 2) ‖ N(0, 1)) = (2 + 1 − 1 − ln 2) / 2.
        var divergence = GaussianMath.KullbackLeibler(
            tensor(1.0, float64),
            tensor(Math.Log(2), float64),
            tensor(0.0, float64),
            tensor(0.0, float64));
        Assert.Equal((2 - Math.Log(2)) / 2, divergence.item<double>(), 12);
    }

    [Theory]
    [InlineData(0.0, 0.05)]
    [InlineData(0.7, 0.2)]
    [InlineData(-1.5, 0.4)]
    [InlineData(0.0, 1e-4)]
    public void The_probabilities_of_all_levels_add_up_to_one(double mean, double deviation)
    {
        using var scope = NewDisposeScope();
        var levels = arange(0, 256, dtype: float64) / 127.5 - 1;
        var log = GaussianMath.DiscretisedLogLikelihood(levels, full_like(levels, mean), full_like(levels, Math.Log(deviation)));
        Assert.Equal(1, log.exp().sum().item<double>(), 6);
        Assert.True(log.isfinite().all().item<bool>());
    }
}
