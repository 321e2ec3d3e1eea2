using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public sealed class GradientReleaseTests
{
    public GradientReleaseTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void What_was_handed_over_is_let_go_at_the_next_function()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (ones(2), ones(3));
        using (NewDisposeScope()) Assert.Equal([first, null!], GradientRelease.Of(first, null));
        Assert.False(first.IsInvalid);
        using (NewDisposeScope()) GradientRelease.Of(second);
        Assert.True(first.IsInvalid);
        Assert.False(second.IsInvalid);
    }

    [Fact]
    public void It_outlives_the_functions_scope_but_not_the_one_around()
    {
        Tensor gradient;
        using (NewDisposeScope())
        {
            using (NewDisposeScope()) GradientRelease.Of(gradient = ones(2));
            Assert.False(gradient.IsInvalid);
        }
        Assert.True(gradient.IsInvalid);
    }

    [Fact]
    public void A_long_way_back_keeps_the_gradients_of_few_layers()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var (weight, bias) = (ones(32).requires_grad_(), zeros(32).requires_grad_());
        Assert.True(CountBehind(20) - CountBehind(10) <= 10);

        // Tensors that the backward pass of so many norms leaves in the scope around it.
        long CountBehind(int layers)
        {
            using var inner = NewDisposeScope();
            var h = random.Normal(2, 40, 32).requires_grad_();
            for (var i = 0; i < layers; i++) h = FusedNorm.Apply(h, weight, bias, null, 32, silu: true);
            var loss = h.sum();
            var before = LiveTensors.CountBefore();
            loss.backward();
            return Tensor.TotalCount - before;
        }
    }
}
