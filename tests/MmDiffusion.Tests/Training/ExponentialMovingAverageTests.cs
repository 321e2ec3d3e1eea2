using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Training;

[Trait("group", "unit")]
public sealed class ExponentialMovingAverageTests
{
    /// <summary>The larger ones are shared among threads.</summary>
    [Fact]
    public void Each_update_moves_it_towards_the_parameters() => Prop.ForAll(Gen.OneOf(Gen.Choose(1, 200), Gen.Choose(60_000, 200_000)).ToArbitrary(), size =>
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var parameter = random.Normal(size);
        using var average = new ExponentialMovingAverage([parameter], 0.9);
        var expected = parameter.clone();
        for (var update = 0; update < 3; update++)
        {
            parameter.copy_(random.Normal(size));
            average.Update();
            expected = 0.9 * expected + 0.1 * parameter;
        }
        return allclose(average.Averages[0], expected, rtol: 1e-5, atol: 1e-6);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void A_rate_out_of_range_is_refused(double rate) =>
        Assert.Contains($"the rate of the moving average is {rate}", Assert.Throws<MmDiffusionException>(() => new ExponentialMovingAverage([], rate)).Message, StringComparison.Ordinal);
}
