using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

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
        var (x, weight, bias, modulation) = Inputs(shape, offset: 3);
        foreach (var scaled in new[] { modulation, null })
            Assert.InRange(
                Networks.RelativeError(FusedNorm.Apply(x, weight, bias, scaled, Groups, silu), Exact(x, weight, bias, scaled, silu)),
                0,
                2e-6);
    }

    public static TheoryData<long[], long> SegmentedShapes { get; } = new()
    {
        { [2, 16, 5, 32], 16 },
        { [3, 700, 64], 16 },
        { [1, 40_000, 32], 7 },
        { [2, 90, 96], 17 },
        { [2, 3, 32], 5 },
        { [2, 2000, 32], 600 },
    };

    [Theory]
    [MemberData(nameof(SegmentedShapes))]
    public void Segments_have_scales_and_shifts_of_their_own(long[] shape, long segments)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(3);
        var inputs = Inputs(shape, offset: 0.5f) with { Modulation = random.Normal(shape[0], segments, 2 * shape[^1]) };
        var weights = random.Normal(shape);
        Assert.InRange(Networks.RelativeError(
            FusedNorm.Apply(inputs.X, inputs.Weight, inputs.Bias, inputs.Modulation, Groups, silu: true),
            Exact(inputs.X, inputs.Weight, inputs.Bias, inputs.Modulation, silu: true)), 0, 2e-6);
        var found = Gradients(inputs, silu: true, Apply, weights);
        var expected = Gradients(Exactly(inputs), silu: true, FusedNorm.ApplyAsTensors, weights.to_type(ScalarType.Float64));
        for (var i = 0; i < found.Length; i++)
            Assert.InRange(Networks.RelativeError(found[i], expected[i].to_type(ScalarType.Float32)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(SegmentedShapes))]
    public void The_same_scale_and_shift_for_every_segment_gives_the_bytes_of_one_for_the_sample(long[] shape, long segments)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias, modulation) = Inputs(shape, offset: 1);
        var repeated = modulation!.unsqueeze(1).expand(-1, segments, -1);
        foreach (var features in new[] { x, x.bfloat16() })
        {
            var expected = FusedNorm.Apply(features, weight, bias, modulation, Groups, silu: true);
            Assert.True(FusedNorm.Apply(features, weight, bias, repeated, Groups, silu: true).eq(expected).all().item<bool>());
        }
    }

    [Fact]
    public void A_row_belongs_to_the_segment_that_its_middle_lies_in()
    {
        var shape = new NormShape(Samples: 1, Rows: 10, Channels: 32, Groups, Segments: 4);
        Assert.Equal([0, 0, 1, 1, 1, 2, 2, 3, 3, 3], Enumerable.Range(0, 10).Select(shape.SegmentOf));
        Assert.Equal([0, 2, 5, 7, 10], Enumerable.Range(0, 5).Select(shape.SegmentStart));
    }

    [Fact]
    public void Owned_features_become_the_result()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias, modulation) = Inputs([2, 300, 64], offset: 1);
        var expected = FusedNorm.Apply(x, weight, bias, modulation, Groups, silu: true);
        var found = FusedNorm.Apply(x, weight, bias, modulation, Groups, silu: true, owned: true);
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
        foreach (var all in new[] { inputs, inputs with { Modulation = null } })
        {
            var found = Gradients(all, silu, Apply, weights);
            var expected = Gradients(
                Exactly(all),
                silu,
                (x, weight, bias, modulation, groups, activated) =>
                    FusedNorm.ApplyAsTensors(x, weight, bias, modulation, groups, activated),
                weights.to_type(ScalarType.Float64));
            for (var i = 0; i < found.Length; i++)
                Assert.InRange(Networks.RelativeError(found[i], expected[i].to_type(ScalarType.Float32)), 0, 1e-5);
        }
    }

    [Fact]
    public void It_and_its_gradients_are_those_of_libtorch_for_any_shape()
    {
        var cases = from samples in Gen.Choose(1, 3)
                    from rows in Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 700))
                    from perGroup in Gen.Choose(1, 4)
                    from segments in Gen.Choose(1, 20)
                    from scaled in Gen.Elements("not", "each sample", "each segment")
                    from silu in Gen.Elements(true, false)
                    from seed in Gen.Choose(0, 1000)
                    select (samples, rows, channels: Groups * perGroup, segments, scaled, silu, seed);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom((ulong)given.seed);
            long[] shape = [given.samples, given.rows, given.channels];
            var inputs = new NormInputs(
                random.Normal(shape) * 2 + 0.5, random.Normal(given.channels) + 1, random.Normal(given.channels),
                given.scaled switch
                {
                    "each sample" => random.Normal(given.samples, 2 * given.channels),
                    "each segment" => random.Normal(given.samples, given.segments, 2 * given.channels),
                    _ => null,
                });
            var exact = Exact(inputs.X, inputs.Weight, inputs.Bias, inputs.Modulation, given.silu);
            // Of groups of a few elements the scale is that of their own, which may be small: rounding of the mean grows by up to 1/√ε.
            var few = given.rows * given.channels / Groups < 16;
            var found = FusedNorm.Apply(inputs.X, inputs.Weight, inputs.Bias, inputs.Modulation, Groups, given.silu);
            Assert.InRange(Networks.RelativeError(found, exact), 0, few ? 5e-4 : 1e-5);
            if (few) return;
            var weights = random.Normal(shape);
            var gradients = Gradients(inputs, given.silu, Apply, weights);
            var expected = Gradients(Exactly(inputs), given.silu, FusedNorm.ApplyAsTensors, weights.to_type(ScalarType.Float64));
            for (var i = 0; i < gradients.Length; i++)
                Assert.InRange(Networks.RelativeError(gradients[i], expected[i].to_type(ScalarType.Float32)), 0, 1e-4);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Gradients_of_weight_and_bias_may_be_summed_elsewhere()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs([2, 300, 64], offset: 0.5f);
        using var random = new SeededRandom(2);
        var weights = random.Normal(2, 300, 64);
        var expected = Gradients(inputs, silu: true, Apply, weights);
        var sums = new GradientSums(ones(64), zeros(64));
        var (x, weight, bias, modulation) = (Leaf(inputs.X), Leaf(inputs.Weight), Leaf(inputs.Bias), Leaf(inputs.Modulation!));
        (FusedNorm.Apply(x, weight, bias, modulation, Groups, silu: true, sums: sums) * weights).sum().backward();
        Assert.Null(weight.grad);
        Assert.Null(bias.grad);
        var found = new[] { x.grad!, sums.Weight - 1, sums.Bias, modulation.grad! };
        for (var i = 0; i < found.Length; i++) Assert.InRange(Networks.RelativeError(found[i], expected[i]), 0, 1e-5);
    }

    [Fact]
    public void Without_a_gradient_of_its_input_a_norm_still_has_those_of_its_parameters()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs([2, 30, 32], offset: 0.5f);
        var (weight, bias) = (Leaf(inputs.Weight), Leaf(inputs.Bias));
        FusedNorm.Apply(inputs.X, weight, bias, null, Groups, silu: true, sums: new GradientSums(zeros(32), zeros(32))).sum().backward();
        Assert.True(weight.grad!.abs().sum().item<float>() > 0 && bias.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void BFloat16_differs_by_its_rounding_alone()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs([2, 500, 64], offset: 1);
        var rounded = inputs with { X = inputs.X.bfloat16() };
        var found = FusedNorm.Apply(rounded.X, inputs.Weight, inputs.Bias, inputs.Modulation, Groups, silu: true);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        var exact = Exact(rounded.X.to_type(ScalarType.Float32), inputs.Weight, inputs.Bias, inputs.Modulation, silu: true);
        Assert.True(found.eq(exact.bfloat16()).to_type(ScalarType.Float32).mean().item<float>() > 0.999);
        using var random = new SeededRandom(2);
        var weights = random.Normal(2, 500, 64);
        var half = Gradients(rounded, silu: true, Apply, weights.bfloat16());
        var full = Gradients(inputs, silu: true, Apply, weights);
        for (var i = 0; i < half.Length; i++) Assert.InRange(Networks.RelativeError(half[i].to_type(ScalarType.Float32), full[i]), 0, 0.02);
    }

    [Fact]
    public void A_mean_far_from_zero_does_not_cancel()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias, modulation) = Inputs([1, 3000, 32], offset: 300);
        Assert.InRange(
            Networks.RelativeError(
                FusedNorm.Apply(x, weight, bias, modulation, Groups, silu: false),
                Exact(x, weight, bias, modulation, silu: false)),
            0,
            5e-5);
    }

    [Fact]
    public void Extreme_values_stay_numbers_and_what_is_none_stays_none()
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = (ones(32) * 200, zeros(32));
        var x = zeros(1, 4, 32);
        x[0, 0] = 1000f;
        Assert.True(FusedNorm.Apply(x, weight, bias, null, Groups, silu: true).isfinite().all().item<bool>());
        x[0, 1, 5] = float.NaN;
        var norm = FusedNorm.Apply(x.bfloat16(), weight, bias, null, Groups, silu: true);
        Assert.Equal([5], norm.isnan().any(1).squeeze(0).nonzero().flatten().data<long>().ToArray());
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs([2, 50, 32], offset: 0);
        var before = LiveTensors.CountBefore();
        FusedNorm.Apply(inputs.X, inputs.Weight, inputs.Bias, inputs.Modulation, Groups, silu: true).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        using (NewDisposeScope()) Gradients(inputs, silu: true, Apply, inputs.X);
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static Tensor Apply(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu) =>
        FusedNorm.Apply(x, weight, bias, modulation, groups, silu);

    private static NormInputs Inputs(long[] shape, float offset)
    {
        using var random = new SeededRandom(1);
        return new(
            random.Normal(shape) * 2 + offset,
            random.Normal(shape[^1]) + 1,
            random.Normal(shape[^1]),
            random.Normal(shape[0], 2 * shape[^1]));
    }

    private static NormInputs Exactly(NormInputs inputs) =>
        new(
            inputs.X.to_type(ScalarType.Float64),
            inputs.Weight.to_type(ScalarType.Float64),
            inputs.Bias.to_type(ScalarType.Float64),
            inputs.Modulation?.to_type(ScalarType.Float64));

    private static Tensor Exact(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, bool silu)
    {
        var exact = Exactly(new(x, weight, bias, modulation));
        return FusedNorm.ApplyAsTensors(exact.X, exact.Weight, exact.Bias, exact.Modulation, Groups, silu).to_type(ScalarType.Float32);
    }

    private static Tensor[] Gradients(NormInputs inputs, bool silu, Norm norm, Tensor weights)
    {
        var (x, weight, bias, modulation) = (Leaf(inputs.X), Leaf(inputs.Weight), Leaf(inputs.Bias), inputs.Modulation is null
            ? null
            : Leaf(inputs.Modulation));
        (norm(x, weight, bias, modulation, Groups, silu) * weights).sum().backward();
        return [.. new[] { x, weight, bias, modulation }.OfType<Tensor>().Select(leaf => leaf.grad!)];
    }

    private static Tensor Leaf(Tensor values) => values.detach().clone().requires_grad_();

    private delegate Tensor Norm(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu);

    private sealed record NormInputs(Tensor X, Tensor Weight, Tensor Bias, Tensor? Modulation);
}
