using FsCheck.Fluent;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model.Fused;

[Trait("group", "unit")]
public sealed class FusedNormTests
{
    private const int Groups = 32;

    public static TheoryData<long[], bool> Shapes { get; } = new()
    {
        { [1, 1, 96], true },
        { [2, 5, 7, 32], true },
        { [3, 700, 64], true },
        { [2, 3, 5, 4, 96], false },
        { [1, 40_000, 32], true },
        { [70, 16, 128], false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_is_group_norm_scale_shift_and_silu(long[] shape, bool silu)
    {
        using var scope = NewDisposeScope();
        var (x, gain, bias) = Inputs(shape, offset: 3);
        Assert.InRange(Networks.RelativeError(FusedNorm.Apply(x, gain, bias, Groups, silu), Exact(x, gain, bias, silu)), 0, 2e-6);
    }

    [Fact]
    public void Owned_features_become_the_result()
    {
        using var scope = NewDisposeScope();
        var (x, gain, bias) = Inputs([2, 300, 64], offset: 1);
        var expected = FusedNorm.Apply(x, gain, bias, Groups, silu: true);
        var found = FusedNorm.Apply(x, gain, bias, Groups, silu: true, owned: true);
        Assert.True(found.eq(expected).all().item<bool>() && x.eq(expected).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Its_gradients_are_those_of_libtorch(long[] shape, bool silu)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(shape, offset: 0.5f);
        using var random = new SeededRandom(2);
        var weights = random.Normal(shape);
        var found = Gradients(inputs, (x, gain, bias) => FusedNorm.Apply(x, gain, bias, Groups, silu), weights);
        var expected = Gradients((inputs.X.to_type(ScalarType.Float64), inputs.Gain.to_type(ScalarType.Float64), inputs.Bias.to_type(ScalarType.Float64)),
            (x, gain, bias) => FusedNorm.ApplyAsTensors(x, gain, bias, Groups, silu), weights.to_type(ScalarType.Float64));
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(found[i], expected[i].to_type(ScalarType.Float32)), 0, 1e-5);
    }

    [Fact]
    public void BFloat16_differs_by_its_rounding_alone()
    {
        using var scope = NewDisposeScope();
        var (x, gain, bias) = Inputs([2, 500, 64], offset: 1);
        var rounded = x.bfloat16();
        var found = FusedNorm.Apply(rounded, gain, bias, Groups, silu: true);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        Assert.True(found.eq(Exact(rounded.to_type(ScalarType.Float32), gain, bias, silu: true).bfloat16()).to_type(ScalarType.Float32).mean().item<float>() > 0.999);
        using var random = new SeededRandom(2);
        var weights = random.Normal(2, 500, 64);
        var half = Gradients((rounded, gain, bias), (a, b, c) => FusedNorm.Apply(a, b, c, Groups, silu: true), weights.bfloat16());
        var full = Gradients((x, gain, bias), (a, b, c) => FusedNorm.Apply(a, b, c, Groups, silu: true), weights);
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(half[i].to_type(ScalarType.Float32), full[i]), 0, 0.02);
    }

    [Fact]
    public void A_mean_far_from_zero_does_not_cancel()
    {
        using var scope = NewDisposeScope();
        var (x, gain, bias) = Inputs([1, 3000, 32], offset: 300);
        Assert.InRange(Networks.RelativeError(FusedNorm.Apply(x, gain, bias, Groups, silu: false), Exact(x, gain, bias, silu: false)), 0, 5e-5);
    }

    [Fact]
    public void Extreme_values_stay_numbers_and_what_is_none_stays_none()
    {
        using var scope = NewDisposeScope();
        var (gain, bias) = (ones(1, 32) * 200, zeros(1, 32));
        var x = zeros(1, 4, 32);
        x[0, 0] = 1000f;
        Assert.True(FusedNorm.Apply(x, gain, bias, Groups, silu: true).isfinite().all().item<bool>());
        x[0, 1, 5] = float.NaN;
        var norm = FusedNorm.Apply(x.bfloat16(), gain, bias, Groups, silu: true);
        Assert.Equal([5], norm.isnan().any(1).squeeze(0).nonzero().flatten().data<long>().ToArray());
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs([2, 50, 32], offset: 0);
        var before = Tensor.TotalCount;
        FusedNorm.Apply(inputs.X, inputs.Gain, inputs.Bias, Groups, silu: true).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static (Tensor X, Tensor Gain, Tensor Bias) Inputs(long[] shape, float offset)
    {
        using var random = new SeededRandom(1);
        return (random.Normal(shape) * 2 + offset, random.Normal(shape[0], shape[^1]) + 1, random.Normal(shape[0], shape[^1]));
    }

    private static Tensor Exact(Tensor x, Tensor gain, Tensor bias, bool silu) => FusedNorm.ApplyAsTensors(
        x.to_type(ScalarType.Float64), gain.to_type(ScalarType.Float64), bias.to_type(ScalarType.Float64), Groups, silu).to_type(ScalarType.Float32);

    private static Tensor[] Gradients((Tensor X, Tensor Gain, Tensor Bias) inputs, Func<Tensor, Tensor, Tensor, Tensor> norm, Tensor weights)
    {
        Tensor[] leaves = [inputs.X.detach().clone().requires_grad_(), inputs.Gain.detach().clone().requires_grad_(), inputs.Bias.detach().clone().requires_grad_()];
        (norm(leaves[0], leaves[1], leaves[2]) * weights).sum().backward();
        return [.. leaves.Select(leaf => leaf.grad!)];
    }
}
