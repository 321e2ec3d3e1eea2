using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public class BatchRandomTests
{
    [Theory]
    [InlineData(RandomGenerator.Philox)]
    [InlineData(RandomGenerator.MersenneTwister)]
    public void A_samples_values_do_not_depend_on_the_rest_of_the_batch(RandomGenerator generator) =>
        Prop.ForAll<ulong[], PositiveInt>((seeds, length) =>
        {
            if (seeds.Length == 0) return;
            using var scope = NewDisposeScope();
            using var batch = new BatchRandom(seeds, generator);
            long n = seeds.Length, size = length.Get % 50 + 1;
            var (normal, uniform, integers) = (batch.Normal(n, 2, size), batch.Uniform(n, size), batch.Integers(7, n, size));
            var noise = batch.Noise(new NoiseKey(1, false, 2), n, 2, size);
            for (var i = 0; i < seeds.Length; i++)
            {
                var alone = generator.Create(seeds[i]);
                using var disposed = alone as IDisposable;
                Assert.True(normal[i..(i + 1)].Equals(alone.Normal(1, 2, size)));
                Assert.True(uniform[i..(i + 1)].Equals(alone.Uniform(1, size)));
                Assert.True(integers[i..(i + 1)].Equals(alone.Integers(7, 1, size)));
                Assert.True(noise[i..(i + 1)].Equals(alone.Noise(new NoiseKey(1, false, 2), 1, 2, size)));
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData()]
    [InlineData(3L)]
    [InlineData(1L, 2L)]
    public void A_shape_whose_first_dimension_is_not_the_batch_is_refused(params long[] shape)
    {
        using var batch = new BatchRandom([1, 2]);
        Assert.Contains("batch of 2", Assert.Throws<ArgumentException>(() => batch.Normal(shape)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Drawing_leaves_no_tensor_behind()
    {
        using var batch = new BatchRandom([1, 2, 3]);
        var before = LiveTensors.CountBefore();
        batch.Normal(3, 10).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
