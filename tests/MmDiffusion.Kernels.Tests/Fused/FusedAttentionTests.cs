using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class FusedAttentionTests
{
    /// <summary>Formats that it works in here, and what the result may differ by from the exact one, relative to the largest.</summary>
    private readonly (ScalarType Type, float Tolerance)[] _formats;

    private static readonly Gen<(int Batch, int Heads, int Queries, int Keys, int Width, int Seed)> Cases =
        from batch in Gen.Choose(1, 3)
        from heads in Gen.Choose(1, 4)
        from queries in Gen.Choose(1, 300)
        from keys in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 1100))
        from width in Gen.Elements(16, 32, 64, 80)
        from seed in Gen.Choose(0, 1000)
        select (batch, heads, queries, keys, width, seed);

    public FusedAttentionTests()
    {
        TorchRuntime.EnsureLoaded();
        _formats = [.. new[] { (ScalarType.Float32, 2e-5f), (ScalarType.BFloat16, 0.01f) }.Where(format =>
            AttentionInputs.HasBlocks(format.Item1))];
    }

    [Fact]
    public void It_is_the_formula_for_any_shape()
    {
        Assert.SkipUnless(_formats.Length > 0, AttentionInputs.NoBlocks);
        Prop.ForAll(Cases.ToArbitrary(), IsTheFormula).QuickCheckThrowOnFailure();
    }

    /// <summary>Each span of queries has keys of its own, some of which are behind the last and so the first again.</summary>
    [Fact]
    public void Spans_see_the_keys_they_name()
    {
        Assert.SkipUnless(_formats.Length > 0, AttentionInputs.NoBlocks);
        var cases = from given in Cases
                    from frames in Gen.Choose(1, Math.Min(given.Queries, 7))
                    from seen in Gen.Choose(1, given.Keys)
                    select (given, frames, seen);
        Prop.ForAll(cases.ToArbitrary(), all =>
        {
            var (given, frames, seen) = all;
            using var scope = NewDisposeScope();
            using var without = no_grad();
            using var random = new SeededRandom((ulong)given.Seed);
            var (q, k, v) = (Draw(random, given.Batch, given.Queries, given.Heads, given.Width),
                Draw(
                    random, given.Batch, given.Keys, given.Heads, given.Width),
                Draw(random, given.Batch, given.Keys, given.Heads, given.Width));
            AttentionSpan[] spans = [.. from sample in Enumerable.Range(0, given.Batch)
                                        from frame in Enumerable.Range(0, frames)
                                        let first = given.Queries * frame / frames
                                        select new AttentionSpan(
                                            sample, first, given.Queries * (frame + 1) / frames - first,
                                            (frame * 37 + sample * 11) % given.Keys, seen)];
            foreach (var (type, tolerance) in _formats)
            {
                var (qs, ks, vs) = (q.to_type(type), k.to_type(type), v.to_type(type));
                Assert.True(FusedAttention.Takes(qs, ks, vs));
                var found = FusedAttention.Apply(qs, ks, vs, spans);
                foreach (var span in spans)
                {
                    var positions = arange(span.FirstKey, span.FirstKey + span.Keys, ScalarType.Int64) % given.Keys;
                    var expected = Formula(
                        Of(qs, span).narrow(2, span.FirstQuery, span.Queries),
                        Of(ks, span).index_select(2, positions),
                        Of(vs, span).index_select(2, positions));
                    AssertNear(expected, found.narrow(0, span.Sample, 1).narrow(1, span.FirstQuery, span.Queries), tolerance);
                }
            }

            static Tensor Of(Tensor heads, AttentionSpan span) => heads.narrow(0, span.Sample, 1);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Large_scores_stay_numbers_and_what_is_none_stays_with_its_query(ScalarType type)
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(type), AttentionInputs.NoBlocks);
        using var scope = NewDisposeScope();
        using var without = no_grad();
        using var random = new SeededRandom(1);
        var (q, k, v) = (Draw(random, 1, 3, 1, 32), Draw(random, 1, 40, 1, 32), Draw(random, 1, 40, 1, 32));
        q[0, 0, 0] = 1e15f;
        k[0, 0, 7] = 1e15f; // The first query sees nothing else.
        q[0, 0, 1, 3] = float.NaN;
        var (qs, ks, vs) = (q.to_type(type), k.to_type(type), v.to_type(type));
        Assert.True(FusedAttention.Takes(qs, ks, vs));
        var found = FusedAttention.Apply(qs, ks, vs);
        Assert.True(found[0, 0].allclose(vs[0, 0, 7], rtol: 1e-6));
        Assert.True(found[0, 1].isnan().all().item<bool>());
        Assert.False(found[0, 2].isnan().any().item<bool>());
    }

    [Fact]
    public void Others_are_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var heads = Draw(random, 1, 5, 2, 32);
        Assert.False(FusedAttention.Takes(heads.narrow(3, 0, 12), heads.narrow(3, 0, 12), heads.narrow(3, 0, 12)));
        Assert.False(FusedAttention.Takes(
            heads.to_type(ScalarType.Float64),
            heads.to_type(ScalarType.Float64),
            heads.to_type(ScalarType.Float64)));
        var across = heads.transpose(2, 3).contiguous().transpose(2, 3);
        Assert.False(FusedAttention.Takes(across, heads, heads));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var without = no_grad();
        using var random = new SeededRandom(1);
        var heads = Draw(random, 1, 16, 2, 32);
        Assert.SkipUnless(FusedAttention.Takes(heads, heads, heads), AttentionInputs.NoBlocks);
        var before = LiveTensors.CountBefore();
        FusedAttention.Apply(heads, heads, heads).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private void IsTheFormula((int Batch, int Heads, int Queries, int Keys, int Width, int Seed) given)
    {
        using var scope = NewDisposeScope();
        using var without = no_grad();
        using var random = new SeededRandom((ulong)given.Seed);
        var (q, k, v) = (Draw(random, given.Batch, given.Queries, given.Heads, given.Width), Draw(
            random, given.Batch, given.Keys, given.Heads, given.Width), Draw(random, given.Batch, given.Keys, given.Heads, given.Width));
        foreach (var (type, tolerance) in _formats)
        {
            var (qs, ks, vs) = (q.to_type(type), k.to_type(type), v.to_type(type));
            Assert.True(FusedAttention.Takes(qs, ks, vs));
            AssertNear(Formula(qs, ks, vs), FusedAttention.Apply(qs, ks, vs), tolerance);
        }
    }

    private static Tensor Draw(SeededRandom random, long batch, long tokens, long heads, long width) =>
        AttentionInputs.Draw(random, batch, tokens, heads, width, ScalarType.Float32, deviation: 2);

    private static Tensor Formula(Tensor q, Tensor k, Tensor v)
    {
        var (qs, ks, vs) = (q.to_type(ScalarType.Float64), k.to_type(ScalarType.Float64), v.to_type(ScalarType.Float64));
        return nn.functional.softmax(qs.matmul(ks.transpose(2, 3)) / Math.Sqrt(q.shape[3]), -1).matmul(vs).transpose(1, 2).flatten(2);
    }

    private static void AssertNear(Tensor expected, Tensor found, float tolerance) =>
        Assert.InRange(
            (found.to_type(ScalarType.Float64) - expected).abs().max().item<double>() / expected.abs().max().item<double>(),
            0,
            tolerance);
}
