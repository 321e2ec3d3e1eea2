using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Tests.Statistics;

[Trait("group", "unit")]
public sealed class HolmTests
{
    [Fact]
    public void The_smallest_is_multiplied_by_all_and_none_falls_below_a_smaller_one() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Holm.Correct([0.01, 0.04, 0.03, 0.005]), (left, right) => Math.Abs(left - right) < 1e-12);

    [Fact]
    public void Probabilities_stay_probabilities() => Assert.Equal([1, 1, 1], Holm.Correct([0.5, 0.6, 0.9]));
}
