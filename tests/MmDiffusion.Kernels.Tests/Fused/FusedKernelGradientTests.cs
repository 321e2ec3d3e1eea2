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
public sealed class FusedKernelGradientTests
{
    private const string NoBlocks = "libtorch multiplies no blocks of bfloat16 here";

    private static readonly Gen<Shape> Small =
        from samples in Gen.Choose(1, 5)
        from height in Gen.Choose(1, 20)
        from width in Gen.Choose(1, 40)
        from channels in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 150))
        from outputs in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 150))
        from kernel in Kernels
        select new Shape([samples, height, width, channels], [outputs, channels, kernel.Rows, kernel.Columns], kernel.Dilation);

    /// <summary>Long rows, or many, which are parted.</summary>
    private static readonly Gen<Shape> Long =
        from samples in Gen.Choose(1, 2)
        from height in Gen.Elements(1, 2, 16)
        from width in Gen.Choose(400, 1500)
        from upright in Gen.Elements(false, true)
        from channels in Gen.Choose(1, 20)
        from outputs in Gen.Choose(1, 20)
        from kernel in Kernels
        select new Shape(
            [samples, upright ? width : height, upright ? height : width, channels],
            [outputs, channels, kernel.Rows, kernel.Columns],
            kernel.Dilation);

    private static Gen<(int Rows, int Columns, int Dilation)> Kernels =>
        from rows in Gen.Elements(1, 3, 5)
        from columns in Gen.Elements(1, 3, 5)
        from dilation in Gen.Elements(1, 2, 7, 64, 300)
        select (rows, columns, columns == 1 ? 1 : dilation);

    public FusedKernelGradientTests()
    {
        TorchRuntime.EnsureLoaded();
        Assert.SkipUnless(BlockProducts.HasBFloat16, NoBlocks);
    }

    [Fact]
    public void It_is_the_gradient_for_small_shapes() => Prop.ForAll(Small.ToArbitrary(), IsTheGradient).QuickCheckThrowOnFailure();

    [Fact]
    public void It_is_the_gradient_for_long_shapes() => Prop.ForAll(Long.ToArbitrary(), IsTheGradient).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new long[] { 4, 16, 128, 32 }, new long[] { 32, 32, 3, 1 }, 1)]
    [InlineData(new long[] { 8, 32, 32, 32 }, new long[] { 9, 32, 3, 3 }, 1)]
    [InlineData(new long[] { 4, 1, 400, 192 }, new long[] { 320, 192, 1, 3 }, 128)]
    [InlineData(new long[] { 1, 1, 5000, 64 }, new long[] { 64, 64, 1, 1 }, 1)]
    public void The_number_of_threads_makes_no_difference(long[] input, long[] kernel, long dilation)
    {
        using var scope = NewDisposeScope();
        var (x, gradient) = Draw(new Shape(input, kernel, dilation));
        var (alone, aloneBias) = ThreadCount.With(1, () => FusedKernelGradient.Of(gradient, x, kernel, dilation));
        var (shared, sharedBias) = ThreadCount.With(2, () => FusedKernelGradient.Of(gradient, x, kernel, dilation));
        Assert.True(alone.equal(shared).all().item<bool>());
        Assert.True(aloneBias.equal(sharedBias).all().item<bool>());
    }

    [Fact]
    public void What_is_no_number_stays_with_its_channel_and_its_output()
    {
        using var scope = NewDisposeScope();
        var shape = new Shape([2, 9, 7, 40], [24, 40, 3, 3], 1);
        var (x, gradient) = Draw(shape);
        x[1, 4, 3, 17] = float.NaN;
        gradient[0, 5, 5, 11] = float.NaN;
        var (kernel, bias) = FusedKernelGradient.Of(gradient, x, shape.Kernel, 1);
        var (expected, expectedBias) = (zeros(shape.Kernel, ScalarType.Bool), zeros(shape.Kernel[0], ScalarType.Bool));
        expected[11] = true;
        expected[TensorIndex.Colon, 17] = true;
        expectedBias[11] = true;
        Assert.True(kernel.isnan().equal(expected).all().item<bool>());
        Assert.True(bias.isnan().equal(expectedBias).all().item<bool>());
    }

    [Fact]
    public void What_lies_otherwise_in_memory_is_taken_too()
    {
        using var scope = NewDisposeScope();
        var shape = new Shape([2, 9, 7, 40], [24, 40, 3, 3], 1);
        var (x, gradient) = Draw(shape);
        var (expected, _) = FusedKernelGradient.Of(gradient, x, shape.Kernel, 1);
        var (found, _) = FusedKernelGradient.Of(
            gradient.transpose(1, 3).contiguous().transpose(1, 3),
            x.transpose(1, 3).contiguous().transpose(1, 3),
            shape.Kernel,
            1);
        Assert.True(found.equal(expected).all().item<bool>());
    }

    [Fact]
    public void Others_are_left_to_matrix_products()
    {
        using var scope = NewDisposeScope();
        var (whole, half) = (zeros(1, 2, 3, 4), zeros(1, 2, 3, 4, dtype: ScalarType.BFloat16));
        Assert.True(FusedKernelGradient.Takes(half, half));
        Assert.False(FusedKernelGradient.Takes(whole, whole));
        Assert.False(FusedKernelGradient.Takes(half, zeros(1, 0, 3, 4, dtype: ScalarType.BFloat16)));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var shape = new Shape([2, 9, 7, 40], [24, 40, 3, 3], 1);
        var (x, gradient) = Draw(shape);
        var before = LiveTensors.CountBefore();
        var (kernel, bias) = FusedKernelGradient.Of(gradient, x, shape.Kernel, 1);
        Assert.Equal(before + 2, Tensor.TotalCount);
        kernel.Dispose();
        bias.Dispose();
    }

    /// <summary>As near as bfloat16 can be.</summary>
    private static bool IsTheGradient(Shape shape)
    {
        using var scope = NewDisposeScope();
        var (x, gradient) = Draw(shape);
        var (weight, bias) = (zeros(shape.Kernel).requires_grad_(), zeros(shape.Kernel[0]).requires_grad_());
        ChannelsLast.ConvolveDirectly(x.to_type(ScalarType.Float32), weight, bias, shape.Dilation).backward([
            gradient.to_type(ScalarType.Float32),
        ]);
        var (ofKernel, ofBias) = FusedKernelGradient.Of(gradient, x, shape.Kernel, shape.Dilation);
        return IsNear(ofKernel, weight.grad!) && IsNear(ofBias, bias.grad!);
    }

    private static bool IsNear(Tensor found, Tensor expected) =>
        Networks.RelativeError(found.to_type(ScalarType.Float32), expected) < 0.005;

    private static (Tensor X, Tensor Gradient) Draw(Shape shape)
    {
        using var random = new SeededRandom(1);
        return (random.Normal(shape.Input).bfloat16(), random.Normal([.. shape.Input[..3], shape.Kernel[0]]).bfloat16());
    }

    private sealed record Shape(long[] Input, long[] Kernel, long Dilation);
}
