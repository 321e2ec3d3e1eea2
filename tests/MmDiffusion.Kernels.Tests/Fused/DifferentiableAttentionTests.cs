using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class DifferentiableAttentionTests
{
    /// <summary>Queries in as many spans as there are frames, each of which sees some keys from another one on.</summary>
    private static readonly Gen<Case> Cases =
        from batch in Gen.Choose(1, 3)
        from heads in Gen.Choose(1, 4)
        from queries in Gen.Choose(1, 200)
        from keys in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 700))
        from width in Gen.Elements(16, 32, 64, 80)
        from frames in Gen.Choose(1, Math.Min(queries, 5))
        from seen in Gen.OneOf(Gen.Choose(1, keys), Gen.Constant(keys))
        from seed in Gen.Choose(0, 1000)
        select new Case(batch, heads, queries, keys, width, frames, seen, (ulong)seed);

    public DifferentiableAttentionTests() => TorchRuntime.EnsureLoaded();

    /// <summary>
    /// Gradients differ from the exact ones by so much, relative to the largest: weights and their gradients are rounded once on the way.
    /// </summary>
    [Theory]
    [InlineData(ScalarType.Float32, 2e-5)]
    [InlineData(ScalarType.BFloat16, 0.015)]
    public void Gradients_are_those_of_the_formula_for_any_shape(ScalarType type, double tolerance)
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(type), AttentionInputs.NoBlocks);
        Prop.ForAll(Cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(given.Seed);
            var (q, k, v) = (Draw(random, given, given.Queries, type), Draw(random, given, given.Keys, type), Draw(
                random,
                given,
                given.Keys,
                type));
            var weights = random.Normal(given.Batch, given.Queries, given.Heads * given.Width).to_type(type);
            Assert.True(FusedAttention.Takes(q, k, v));
            var found = Gradients((a, b, c) => FusedAttention.Apply(a, b, c, given.Spans), weights, [q, k, v]);
            var exact = Gradients(
                (a, b, c) => Formula(a, b, c, given),
                weights.to_type(ScalarType.Float64),
                [.. new[] { q, k, v }.Select(input => input.to_type(ScalarType.Float64))]);
            for (var i = 0; i < 3; i++) Assert.InRange(Difference(found[i], exact[i], exact), 0, tolerance);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void The_way_there_is_the_same_with_a_way_back_and_threads_change_nothing(ScalarType type)
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(type), AttentionInputs.NoBlocks);
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var given = new Case(2, 3, 150, 130, 32, 3, 60, 1);
        Tensor[] inputs =
        [
            Draw(random, given, given.Queries, type),
            Draw(random, given, given.Keys, type),
            Draw(random, given, given.Keys, type),
        ];
        var weights = random.Normal(given.Batch, given.Queries, given.Heads * given.Width).to_type(type);
        var (alone, shared) = (ThreadCount.With(1, ThereAndBack), ThreadCount.With(2, ThereAndBack));
        for (var i = 0; i < alone.Length; i++) Assert.True(alone[i].equal(shared[i]).all().item<bool>());

        Tensor[] ThereAndBack()
        {
            Tensor without;
            using (no_grad()) without = FusedAttention.Apply(inputs[0], inputs[1], inputs[2], given.Spans);
            Tensor? with = null;
            var gradients = Gradients((q, k, v) => with = FusedAttention.Apply(q, k, v, given.Spans), weights, inputs);
            Assert.True(without.equal(with!.detach()).all().item<bool>());
            return [without, .. gradients];
        }
    }

    [Fact]
    public void Keys_that_no_query_sees_have_no_gradient_and_what_is_no_number_stays_with_its_sequence()
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(ScalarType.Float32), AttentionInputs.NoBlocks);
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var given = new Case(2, 1, 20, 50, 16, 1, 30, 1); // Keys 0 to 29 of the first sample, 11 to 40 of the second.
        Tensor[] inputs =
        [
            Draw(random, given, given.Queries, ScalarType.Float32),
            Draw(random, given, given.Keys, ScalarType.Float32),
            Draw(random, given, given.Keys, ScalarType.Float32),
        ];
        inputs[0][1, 0, 3, 5] = float.NaN;
        var gradients = Gradients((q, k, v) => FusedAttention.Apply(q, k, v, given.Spans), ones(2, 20, 16), inputs);
        foreach (var gradient in gradients.Skip(1))
        {
            Assert.Equal(0, gradient[0].narrow(1, 30, 20).abs().max().item<float>());
            Assert.False(gradient[0].isnan().any().item<bool>());
            Assert.True(gradient[1].narrow(1, 11, 30).isnan().any().item<bool>());
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void What_is_no_number_in_one_sequence_stays_out_of_the_next_where_that_sees_fewer_keys(ScalarType type)
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(type), AttentionInputs.NoBlocks);
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var given = new Case(2, 1, 16, 40, 16, 1, 40, 1);
        Tensor[] inputs =
        [
            Draw(random, given, given.Queries, type),
            Draw(random, given, given.Keys, type),
            Draw(random, given, given.Keys, type),
        ];
        inputs[0][0] = float.NaN;
        var gradients = Gradients(
            (q, k, v) => FusedAttention.Apply(q, k, v, [new AttentionSpan(0, 0, 16, 0, 40), new AttentionSpan(1, 0, 16, 0, 29)]),
            ones(2, 16, 16, type),
            inputs);
        Assert.All(gradients, gradient => Assert.True(gradient[0].isnan().any().item<bool>() && gradient[1].isfinite().all().item<bool>()));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        Assert.SkipUnless(AttentionInputs.HasBlocks(ScalarType.Float32), AttentionInputs.NoBlocks);
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var given = new Case(1, 2, 16, 16, 16, 1, 16, 1);
        var heads = Draw(random, given, given.Queries, ScalarType.Float32);
        var weights = random.Normal(1, 16, 32);
        Step();
        var before = LiveTensors.CountBefore();
        Step();
        Assert.Equal(before, Tensor.TotalCount);

        void Step()
        {
            using var inner = NewDisposeScope();
            Gradients((q, k, v) => FusedAttention.Apply(q, k, v, given.Spans), weights, [heads, heads, heads]);
        }
    }

    private static Tensor[] Gradients(Func<Tensor, Tensor, Tensor, Tensor> attend, Tensor weights, IReadOnlyList<Tensor> inputs)
    {
        Tensor[] leaves = [.. inputs.Select(input => input.detach().requires_grad_())];
        attend(leaves[0], leaves[1], leaves[2]).backward([weights]);
        return [.. leaves.Select(leaf => leaf.grad!)];
    }

    private static Tensor Draw(SeededRandom random, Case given, long tokens, ScalarType type) =>
        AttentionInputs.Draw(random, given.Batch, tokens, given.Heads, given.Width, type);

    private static Tensor Formula(Tensor q, Tensor k, Tensor v, Case given)
    {
        var samples = given.Spans.GroupBy(span => span.Sample).Select(spans => cat([.. spans.Select(span =>
        {
            var positions = arange(span.FirstKey, span.FirstKey + span.Keys, ScalarType.Int64) % given.Keys;
            var (queries, keys, values) = (q[span.Sample].narrow(1, span.FirstQuery, span.Queries), k[span.Sample]
                .index_select(1, positions), v[span.Sample].index_select(1, positions));
            return nn.functional.softmax(queries.matmul(keys.transpose(1, 2)) / Math.Sqrt(given.Width), -1).matmul(values); // [heads,T,D]
        })], dim: 1));
        return stack([.. samples]).transpose(1, 2).flatten(2);
    }

    /// <summary>Of all gradients the largest counts: those of keys may all be next to nothing, where every query sees but one.</summary>
    private static double Difference(Tensor found, Tensor expected, IEnumerable<Tensor> all) =>
        (found.to_type(ScalarType.Float64) - expected).abs().max().item<double>()
            / all.Max(gradient => gradient.abs().max().item<double>());

    private sealed record Case(int Batch, int Heads, int Queries, int Keys, int Width, int Frames, int Seen, ulong Seed)
    {
        internal IReadOnlyList<AttentionSpan> Spans { get; } =
        [
            .. from sample in Enumerable.Range(0, Batch)
               from frame in Enumerable.Range(0, Frames)
               let first = Queries * frame / Frames
               select new AttentionSpan(
                   sample, first, (Queries * (frame + 1) / Frames) - first, ((frame * 37) + (sample * 11)) % Keys, Seen),
        ];
    }
}
