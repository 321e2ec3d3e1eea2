using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class FusedConvolutionTests
{
    private const string NoBlocks = "libtorch multiplies no blocks of bfloat16 here";

    /// <summary>Half of the last position of bfloat16, and a little for sums in another order.</summary>
    private const double RoundingError = 0.004;

    private static readonly Gen<Shape> Shapes =
        from samples in Gen.Choose(1, 4)
        from height in Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, 20))
        from width in Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, 100))
        from channels in Gen.Elements(16, 32, 48, 112, 160)
        from outputs in Gen.Elements(16, 32, 80, 144, 208)
        from rows in Gen.Elements(1, 3, 5)
        from columns in Gen.Elements(1, 3, 5)
        from dilation in Gen.Elements(1, 2, 7, 64)
        select new Shape([samples, height, width, channels], [outputs, channels, rows, columns], columns == 1 ? 1 : dilation);

    public FusedConvolutionTests()
    {
        TorchRuntime.EnsureLoaded();
        Assert.SkipUnless(BlockProducts.HasBFloat16, NoBlocks);
    }

    [Fact]
    public void It_is_a_convolution() => Prop.ForAll(Shapes.ToArbitrary(), shape =>
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(shape);
        foreach (var shift in new[] { bias, null })
        {
            var expected = ChannelsLast.ConvolveDirectly(Exact(x), Exact(weight), shift is null ? null : Exact(shift), shape.Dilation);
            Assert.InRange(
                Networks.RelativeError(Exact(FusedConvolution.Forward(x, weight, shift, shape.Dilation)), expected),
                0,
                RoundingError);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Its_way_back_is_the_gradient_of_its_input() => Prop.ForAll(Shapes.ToArbitrary(), shape =>
    {
        using var scope = NewDisposeScope();
        var (x, weight, _) = Draw(shape);
        using var random = new SeededRandom(2);
        var gradient = random.Normal([.. shape.Input[..3], shape.Kernel[0]]).bfloat16();
        var exact = Exact(x).requires_grad_();
        ChannelsLast.ConvolveDirectly(exact, Exact(weight), null, shape.Dilation).backward([Exact(gradient)]);
        Assert.InRange(
            Networks.RelativeError(Exact(FusedConvolution.Backward(gradient, weight, shape.Dilation)), exact.grad!),
            0,
            RoundingError);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_kernel_of_size_1_takes_features_of_any_dimensions()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(new Shape([2, 5, 7, 48], [32, 48, 1, 1], 1));
        var expected = FusedConvolution.Forward(x, weight, bias, 1);
        Assert.True(FusedConvolution.Forward(x.flatten(0, 1), weight.flatten(1), bias, 1).equal(expected.flatten(0, 1)).all().item<bool>());
        Assert.True(FusedConvolution.Forward(x.unsqueeze(0), weight.unsqueeze(4), bias, 1).equal(expected.unsqueeze(0)).all().item<bool>());
    }

    [Fact]
    public void What_lies_otherwise_in_memory_is_taken_too()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(new Shape([2, 6, 7, 32], [48, 32, 3, 3], 1));
        var expected = FusedConvolution.Forward(x, weight, bias, 1);
        var found = FusedConvolution.Forward(
            x.transpose(1, 3).contiguous().transpose(1, 3),
            weight.transpose(0, 2).contiguous().transpose(0, 2),
            bias,
            1);
        Assert.True(found.equal(expected).all().item<bool>());
    }

    [Theory]
    [InlineData(new long[] { 4, 16, 16, 32 }, new long[] { 208, 32, 3, 3 })]
    [InlineData(new long[] { 1, 1, 3000, 64 }, new long[] { 192, 64, 1, 1 })]
    public void The_number_of_threads_makes_no_difference(long[] input, long[] kernel)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(new Shape(input, kernel, 1));
        var alone = ThreadCount.With(1, () => FusedConvolution.Forward(x, weight, bias, 1));
        var shared = ThreadCount.With(3, () => FusedConvolution.Forward(x, weight, bias, 1));
        Assert.True(alone.equal(shared).all().item<bool>());
    }

    [Fact]
    public void What_is_no_number_is_seen_by_its_neighbours_alone()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(new Shape([2, 5, 70, 32], [32, 32, 3, 3], 2));
        x[1, 2, 30, 17] = float.NaN;
        var expected = zeros([2, 5, 70, 32], ScalarType.Bool);
        foreach (var row in new[] { 1, 2, 3 })
            foreach (var column in new[] { 28, 30, 32 })
                expected[1, row, column] = true;
        Assert.True(FusedConvolution.Forward(x, weight, bias, 2).isnan().equal(expected).all().item<bool>());
    }

    [Fact]
    public void Others_are_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (zeros(1, 8, 8, 32, dtype: ScalarType.BFloat16), zeros(16, 32, 3, 3, dtype: ScalarType.BFloat16));
        Assert.True(FusedConvolution.Takes(x, weight));
        Assert.False(FusedConvolution.Takes(x.to_type(ScalarType.Float32), weight.to_type(ScalarType.Float32)));
        Assert.False(FusedConvolution.Takes(x, zeros(9, 32, 3, 3, dtype: ScalarType.BFloat16)));
        Assert.False(FusedConvolution.Takes(x[.., .., .., ..3], zeros(16, 3, 3, 3, dtype: ScalarType.BFloat16)));
        Assert.False(FusedConvolution.Takes(zeros(16, 64, 64, 32, dtype: ScalarType.BFloat16), weight));
        Assert.False(FusedConvolution.Takes(zeros(0, 8, 8, 32, dtype: ScalarType.BFloat16), weight));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Draw(new Shape([2, 5, 7, 32], [32, 32, 3, 3], 1));
        var before = LiveTensors.CountBefore();
        var y = FusedConvolution.Forward(x, weight, bias, 1);
        var back = FusedConvolution.Backward(y, weight, 1);
        Assert.Equal(before + 2, Tensor.TotalCount);
        y.Dispose();
        back.Dispose();
    }

    // In float64, which oneDNN leaves alone: on processors that tell nothing of their caches, its float32 convolutions to 80, 144 or 208
    // channels are wrong.
    private static Tensor Exact(Tensor half) => half.to_type(ScalarType.Float64);

    private static (Tensor X, Tensor Weight, Tensor Bias) Draw(Shape shape)
    {
        using var random = new SeededRandom(1);
        return (random.Normal(shape.Input).bfloat16(), random.Normal(shape.Kernel).bfloat16(), random.Normal(shape.Kernel[0]).bfloat16());
    }

    private sealed record Shape(long[] Input, long[] Kernel, long Dilation)
    {
        public override string ToString() =>
            $"input [{string.Join(", ", Input)}], kernel [{string.Join(", ", Kernel)}], dilation {Dilation}";
    }
}
