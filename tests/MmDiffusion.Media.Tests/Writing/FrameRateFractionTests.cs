using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Writing;

[Trait("group", "unit")]
public sealed class FrameRateFractionTests
{
    [Theory]
    [InlineData(10, 10, 1)]
    [InlineData(12.5, 25, 2)]
    [InlineData(30000 / 1001.0, 30000, 1001)]
    [InlineData(24000 / 1001.0, 24000, 1001)]
    [InlineData(0.2, 1, 5)]
    public void Usual_rates_become_usual_fractions(double rate, int numerator, int denominator) =>
        Assert.Equal((numerator, denominator), FrameRateFraction.Of(rate));

    [Fact]
    public void Any_rate_is_met_within_a_millionth()
    {
        var random = new Random(5);
        for (var round = 0; round < 1000; round++)
        {
            var rate = Math.Pow(10, 3 * random.NextDouble());
            var (numerator, denominator) = FrameRateFraction.Of(rate);
            Assert.Equal(rate, (double)numerator / denominator, 2e-6 * rate);
        }
    }
}
