using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public sealed class KernelGradientTests
{
    private delegate Tensor Way(Tensor gradient, Tensor x, long[] weight, long dilation);

    [Fact]
    public void Every_way_gives_the_gradient_of_libtorch_for_every_shape()
    {
        var shapes =
            from samples in Gen.Choose(1, 3)
            from height in Gen.Choose(1, 7)
            from width in Gen.Choose(1, 9)
            from channels in Gen.Choose(1, 5)
            from outputs in Gen.Choose(1, 5)
            from rows in Gen.Elements(1, 3)
            from columns in Gen.Elements(1, 3)
            from dilation in Gen.Elements(1, 2, 4, 16)
            select new Shape([samples, height, width, channels], [outputs, channels, rows, columns], columns == 1 ? 1 : dilation);
        Prop.ForAll(shapes.ToArbitrary(), Agree).QuickCheckThrowOnFailure();

        static bool Agree(Shape shape)
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(1);
            var (x, gradient) = (random.Normal(shape.Input), random.Normal([.. shape.Input[..3], shape.Kernel[0]]));
            var weight = zeros(shape.Kernel).requires_grad_();
            ChannelsLast.ConvolveDirectly(x, weight, null, shape.Dilation).backward([gradient]);
            return new Way[] { KernelGradient.Of, KernelGradient.ByOffset, KernelGradient.ByPatches }.All(way =>
                Networks.RelativeError(way(gradient, x, shape.Kernel, shape.Dilation), weight.grad!) < 1e-5);
        }
    }

    private sealed record Shape(long[] Input, long[] Kernel, long Dilation);
}
