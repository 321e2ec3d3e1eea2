using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Distances;

[Trait("group", "unit")]
public class DistanceEstimatorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_limit_of_two_samples_of_one_source_is_zero_within_its_interval(bool kernel)
    {
        const int runs = 20;
        var held = Enumerable.Range(0, runs).Count(run => Estimate(kernel, run, shift: 0).AtInfinityInterval.Contains(0));
        Assert.InRange(held, runs - 3, runs);
    }

    [Fact]
    public void Extrapolation_takes_most_of_the_bias_away()
    {
        var estimates = Enumerable.Range(0, 10).Select(run => Estimate(kernel: false, run, shift: 0.5)).ToList();
        const double truth = 0.25 * Dimensions;
        Assert.InRange(estimates.Average(estimate => estimate.Value) - truth, 0.3, 3);
        Assert.InRange(estimates.Average(estimate => estimate.AtInfinity) - truth, -0.3, 0.3);
        Assert.InRange(estimates.Count(estimate => estimate.AtInfinityInterval.Contains(truth)), 8, 10);
        Assert.All(estimates, estimate => Assert.Equal((Clips, estimate.Value), (estimate.BySize[^1].Clips, estimate.BySize[^1].Value)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_estimate() => Assert.Equivalent(Estimate(false, 3, 0), Estimate(false, 3, 0), strict: true);

    private const int Clips = 128;
    private const int Dimensions = 16;

    private static DistanceEstimate Estimate(bool kernel, int run, double shift)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom((ulong)run);
        var (x, y) = (random.Normal(Clips, Dimensions), random.Normal(Clips, Dimensions) + shift);
        using ISampleDistance distance = kernel ? new KernelDistance(x, y) : new FrechetDistance(x, y);
        return new DistanceEstimator(distance, 40, 1).Estimate();
    }
}
