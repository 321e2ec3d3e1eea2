using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model.Fused;

[Trait("group", "unit")]
public sealed class FusedSoftmaxTests
{
    [Fact]
    public void Exponentials_times_factors_are_the_softmax_of_scaled_scores_for_any_shape()
    {
        var cases = from sequences in Gen.Choose(1, 3)
                    from rows in Gen.Choose(1, 90)
                    from row in Gen.Choose(1, 700)
                    from scale in Gen.Elements(0.05, 0.3, 4.0)
                    from seed in Gen.Choose(0, 1000)
                    select (sequences, rows, row, scale, seed);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom((ulong)given.seed);
            var scores = (random.Normal(given.sequences, given.rows, given.row) * 8).bfloat16();
            var expected = nn.functional.softmax(scores.to_type(ScalarType.Float64) * given.scale, -1).to_type(ScalarType.Float32);
            var (exponentials, factors) = FusedSoftmax.Exponentiate(scores.clone(), given.scale);
            Assert.Equal(scores.shape, exponentials.shape);
            Assert.Equal((ScalarType.BFloat16, ScalarType.Float32), (exponentials.dtype, factors.dtype));
            var found = exponentials.to_type(ScalarType.Float32) * factors.unsqueeze(2);
            // bfloat16 rounds by up to 1/256.
            Assert.InRange(((found - expected).abs() / (expected + 1e-30)).max().item<float>(), 0, 1 / 250f);
            var (plain, plainFactors) = FusedSoftmax.ExponentiateAsTensors(scores.to_type(ScalarType.Float32), given.scale);
            Assert.InRange((plain * plainFactors.unsqueeze(2) - expected).abs().max().item<float>(), 0, 1e-5);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Large_scores_stay_numbers_and_what_is_none_stays_within_its_row()
    {
        using var scope = NewDisposeScope();
        var scores = zeros(1, 3, 40);
        scores[0, 0, 7] = 3e38f;
        scores[0, 1, 39] = float.NegativeInfinity;
        scores[0, 2, 36] = float.NaN;
        var (exponentials, factors) = FusedSoftmax.Exponentiate(scores.bfloat16(), 1);
        var found = (exponentials.to_type(ScalarType.Float32) * factors.unsqueeze(2))[0];
        Assert.Equal(1, found[0, 7].item<float>());
        Assert.InRange(found[1, 39].item<float>(), 0, 1e-37f);
        Assert.Equal(1f / 39, found[1, 0].item<float>(), 1e-5f);
        Assert.True(found[2].isnan().all().item<bool>());
    }

    [Fact]
    public void Other_formats_are_left_as_they_are()
    {
        using var scope = NewDisposeScope();
        var scores = randn(2, 5, 33);
        var before = scores.clone();
        var (exponentials, factors) = FusedSoftmax.Exponentiate(scores, 0.5);
        Assert.True((exponentials * factors.unsqueeze(2)).allclose(nn.functional.softmax(before * 0.5, -1)));
        Assert.True(scores.eq(before).all().item<bool>());
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var scores = randn(2, 5, 33).bfloat16();
        var before = Tensor.TotalCount;
        using (NewDisposeScope()) FusedSoftmax.Exponentiate(scores, 0.5);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
