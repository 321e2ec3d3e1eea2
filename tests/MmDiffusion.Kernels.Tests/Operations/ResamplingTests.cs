using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public sealed class ResamplingTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 2, 5, 32)]
    [InlineData(2, 7, 4, 3)]
    public void Doubling_repeats_each_pixel_and_its_way_back_sums_the_four(long pictures, long height, long width, long channels)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var x = random.Normal(2, pictures, height, width, channels).requires_grad_();
        var doubled = Resampling.DoubleImages(x);
        var expected = x.repeat_interleave(2, dim: 2).repeat_interleave(2, dim: 3);
        Assert.Equal(0, Networks.RelativeError(doubled, expected));
        var weights = random.Normal(doubled.shape);
        doubled.backward([weights]);
        var found = x.grad!.clone();
        x.grad!.zero_();
        expected.backward([weights]);
        Assert.InRange(Networks.RelativeError(found, x.grad!), 0, 1e-6);
    }

    [Fact]
    public void Doubling_leaves_no_tensors_behind()
    {
        using var x = ones([1, 2, 4, 4, 8]).requires_grad_();
        Once();
        var before = LiveTensors.CountBefore();
        Once();
        Assert.Equal(before, Tensor.TotalCount);

        void Once()
        {
            using var scope = NewDisposeScope();
            Resampling.DoubleImages(x).sum().backward();
        }
    }
}
