using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public sealed class FrameWindowsTests
{
    private const int Heads = 2;

    /// <summary>The definition, one query at a time: query token i's frame sees the keys (frame·A + s·A + j) mod L.</summary>
    private static Tensor AttendOneByOne(
        Tensor query,
        long queriesPerFrame,
        Tensor keys,
        Tensor values,
        Shape shape,
        IReadOnlyList<long> shifts)
    {
        var width = (int)query.shape[2] / Heads;
        var result = zeros_like(query);
        for (var b = 0; b < query.shape[0]; b++)
        {
            var shift = shifts[shifts.Count == 1 ? 0 : b];
            for (var t = 0; t < query.shape[1]; t++)
            {
                var frame = Math.Min(t / queriesPerFrame, shape.Frames - 1);
                var seen = Enumerable.Range(0, shape.Window * shape.TokensPerFrame)
                    .Select(j => (frame * shape.TokensPerFrame + shift * shape.TokensPerFrame + j) % keys.shape[1]).ToArray();
                var (k, v) = (keys[b].index_select(0, tensor(seen)), values[b].index_select(0, tensor(seen)));
                for (var head = 0; head < Heads; head++)
                {
                    var part = TensorIndex.Slice(head * width, (head + 1) * width);
                    var weights = (k[TensorIndex.Colon, part].matmul(query[b, t, part]) / Math.Sqrt(width)).softmax(0);
                    result[b, t, part] = weights.matmul(v[TensorIndex.Colon, part]);
                }
            }
        }
        return result;
    }

    [Fact]
    public void Batched_windows_equal_the_definition_for_every_shape_and_shift()
    {
        var shapes =
            from frames in Gen.Choose(1, 6)
            from window in Gen.Choose(1, frames)
            from tokens in Gen.Choose(1, 5)
            from remainder in Gen.Choose(0, frames - 1)
            from queries in Gen.Choose(1, 4)
            from restQueries in Gen.Choose(0, 2)
            from channels in Gen.Elements(8, 32) // Heads of 16 channels fill whole vectors.
            from batch in Gen.Choose(1, 3)
            from perSample in Gen.Elements(true, false)
            from shifts in Gen.Choose(0, frames - window).Select(shift => (long)shift).ListOf(perSample ? batch : 1)
            select new Shape(frames, window, tokens, remainder, queries, restQueries, channels, batch, [.. shifts]);
        Prop.ForAll(shapes.ToArbitrary(), Agree).QuickCheckThrowOnFailure();

        static bool Agree(Shape shape)
        {
            using var scope = NewDisposeScope();
            using var inference = no_grad();
            var keys = shape.Frames * shape.TokensPerFrame + shape.Remainder;
            var random = new Generator(3);
            var query = randn([shape.Batch, shape.Frames * shape.Queries + shape.RestQueries, shape.Channels], generator: random);
            Tensor key = randn([shape.Batch, keys, shape.Channels], generator: random),
                value = randn([shape.Batch, keys, shape.Channels], generator: random);
            var windows = new FrameWindows(shape.Frames, shape.Window, shape.TokensPerFrame, keys, shape.Shifts);
            var batched = windows.Attend(query, shape.Queries, key, value, Heads);
            return Networks.RelativeError(batched, AttendOneByOne(query, shape.Queries, key, value, shape, shape.Shifts)) < 1e-5;
        }
    }

    [Theory]
    [InlineData(6, 1, 2, 0)]
    [InlineData(6, 3, 2, 0)]
    [InlineData(6, 3, 2, 4)]
    [InlineData(5, 4, 3, 2)]
    [InlineData(4, 4, 2, 1)]
    public void Gradients_are_those_of_the_definition(int frames, int window, int tokens, int remainder)
    {
        using var scope = NewDisposeScope();
        var shape = new Shape(frames, window, tokens, remainder, Queries: 2, RestQueries: 1, Channels: 8, Batch: 2, [frames - window, 0]);
        var keys = frames * tokens + remainder;
        var random = new Generator(3);
        var query = randn([2, frames * 2 + 1, shape.Channels], generator: random);
        Tensor key = randn([2, keys, shape.Channels], generator: random),
            value = randn([2, keys, shape.Channels], generator: random),
            weights = randn(query.shape, generator: random);
        var windows = new FrameWindows(frames, window, tokens, keys, shape.Shifts);
        var found = Gradients((q, k, v) => windows.Attend(q, shape.Queries, k, v, Heads));
        var expected = Gradients((q, k, v) => AttendOneByOne(q, shape.Queries, k, v, shape, shape.Shifts));
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(found[i], expected[i]), 0, 1e-5);

        Tensor[] Gradients(Func<Tensor, Tensor, Tensor, Tensor> attend)
        {
            Tensor[] leaves = [.. new[] { query, key, value }.Select(input => input.detach().clone().requires_grad_())];
            (attend(leaves[0], leaves[1], leaves[2]) * weights).sum().backward();
            return [.. leaves.Select(leaf => leaf.grad!)];
        }
    }

    private sealed record Shape(
        int Frames,
        int Window,
        int TokensPerFrame,
        int Remainder,
        int Queries,
        int RestQueries,
        int Channels,
        int Batch,
        long[] Shifts);
}
