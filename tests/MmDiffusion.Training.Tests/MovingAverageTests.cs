using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class MovingAverageTests
{
    /// <summary>The larger ones are shared among threads.</summary>
    [Fact]
    public void Each_update_moves_it_towards_the_parameters() =>
        Prop.ForAll(Gen.OneOf(Gen.Choose(1, 200), Gen.Choose(60_000, 200_000)).ToArbitrary(), size =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(1);
            var parameter = random.Normal(size);
            using var average = new MovingAverage([parameter], AverageProfile.Exponential(0.9));
            var expected = parameter.clone();
            for (var update = 0; update < 3; update++)
            {
                parameter.copy_(random.Normal(size));
                average.Update(update + 1);
                expected = 0.9 * expected + 0.1 * parameter;
            }
            return allclose(average.Averages[0], expected, rtol: 1e-5, atol: 1e-6);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_power_function_average_weighs_steps_by_its_profile()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(2);
        const int steps = 400;
        const double width = 0.1;
        var exponent = PostHocAverage.ExponentOf(width);
        var walk = random.Normal(steps, 50).cumsum(0);
        var parameter = zeros(50);
        using var average = new MovingAverage([parameter], AverageProfile.PowerFunction(width));
        for (var step = 1; step <= steps; step++)
        {
            parameter.copy_(walk[step - 1]);
            average.Update(step);
        }
        // The sum over τ of p(τ)·θ(τ), with p the integral of (γ+1)·τ^γ / t^(γ+1) over the step, as β's product telescopes to.
        var shares = Enumerable.Range(1, steps)
            .Select(step => Math.Pow((double)step / steps, exponent + 1) - Math.Pow((step - 1.0) / steps, exponent + 1))
            .ToArray();
        var expected = tensor(shares, ScalarType.Float32).matmul(walk);
        Assert.Equal(1, shares.Sum(), 9);
        Assert.True(allclose(average.Averages[0], expected, rtol: 1e-3, atol: 1e-2));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void A_rate_out_of_range_is_refused(double rate) =>
        Assert.Contains(
            $"the rate of the moving average is {rate}",
            Assert.ThrowsAny<MmDiffusionException>(() => AverageProfile.Exponential(rate)).Message,
            StringComparison.Ordinal);
}
