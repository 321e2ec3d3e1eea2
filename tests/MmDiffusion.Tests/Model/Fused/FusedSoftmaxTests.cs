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
    public void It_is_the_softmax_of_scaled_scores_for_any_shape()
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
            var expected = FusedSoftmax.ApplyAsTensors(scores.to_type(ScalarType.Float64), given.scale).bfloat16();
            var found = FusedSoftmax.Apply(scores.clone(), given.scale);
            Assert.Equal(scores.shape, found.shape);
            Assert.Equal(ScalarType.BFloat16, found.dtype);
            // At most the other neighbour where the exact value lies between two numbers of bfloat16.
            var (a, b) = (found.to_type(ScalarType.Float32), expected.to_type(ScalarType.Float32));
            Assert.InRange(((a - b).abs() / (b + 1e-30)).max().item<float>(), 0, 0.0079f);
            Assert.True((a.eq(b) | (b < 1e-30)).to_type(ScalarType.Float32).mean().item<float>() > 0.98);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Large_scores_stay_numbers_and_what_is_none_stays_within_its_row()
    {
        using var scope = NewDisposeScope();
        var scores = zeros(3, 40);
        scores[0, 7] = 3e38f;
        scores[1, 39] = float.NegativeInfinity;
        scores[2, 36] = float.NaN;
        var found = FusedSoftmax.Apply(scores.bfloat16(), 1).to_type(ScalarType.Float32);
        Assert.Equal(1, found[0, 7].item<float>());
        Assert.Equal(0, found[1, 39].item<float>());
        Assert.Equal(1f / 39, found[1, 0].item<float>(), 3e-4f);
        Assert.True(found[2].isnan().all().item<bool>());
    }

    [Fact]
    public void Other_formats_are_left_as_they_are()
    {
        using var scope = NewDisposeScope();
        var scores = randn(2, 5, 33);
        var before = scores.clone();
        Assert.True(FusedSoftmax.Apply(scores, 0.5).allclose(nn.functional.softmax(before * 0.5, -1)));
        Assert.True(scores.eq(before).all().item<bool>());
    }
}
