using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public class SeededRandomTests
{
    [Fact]
    public void Seed_0_gives_PyTorchs_values()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(0);
        Assert.Equal([1.5410f, -0.2934f, -2.1788f], random.Normal(3).data<float>().Select(value => MathF.Round(value, 4)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_values_and_another_seed_others()
    {
        using var scope = NewDisposeScope();
        using SeededRandom first = new(42), second = new(42), third = new(43);
        var expected = first.Normal(2, 100);
        Assert.True(expected.Equals(second.Normal(2, 100)));
        Assert.False(expected.Equals(third.Normal(2, 100)));
    }

    [Fact]
    public void A_restored_state_continues_where_it_was_saved()
    {
        using var scope = NewDisposeScope();
        using SeededRandom random = new(1), other = new(2);
        random.Normal(7);
        var state = random.Save();
        var (normal, uniform, integers) = (random.Normal(20), random.Uniform(20), random.Integers(9, 20));
        other.Restore(state);
        Assert.True(normal.Equals(other.Normal(20)) && uniform.Equals(other.Uniform(20)) && integers.Equals(other.Integers(9, 20)));
    }

    [Fact]
    public void Values_have_the_promised_ranges_and_types()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(3);
        var (uniform, integers) = (random.Uniform(4, 1000), random.Integers(5, 4, 1000));
        Assert.Equal((ScalarType.Float32, ScalarType.Int64), (uniform.dtype, integers.dtype));
        Assert.True(uniform.min().item<float>() >= 0 && uniform.max().item<float>() < 1);
        Assert.Equal((0L, 4L), (integers.min().item<long>(), integers.max().item<long>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Integers(0, 1));
    }

    [Fact]
    public void Drawing_leaves_other_random_sources_and_live_tensors_alone()
    {
        var before = LiveTensors.CountBefore();
        using (NewDisposeScope())
        {
            using SeededRandom one = new(4), same = new(4);
            var undisturbed = same.Normal(10);
            manual_seed(99);
            randn(5);
            Assert.True(undisturbed.Equals(one.Normal(10)));
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
