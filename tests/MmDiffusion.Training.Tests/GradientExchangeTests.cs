using MmDiffusion.Collectives;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class GradientExchangeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Buffers_are_freed_only_when_nothing_travels_in_them_any_more(bool fails)
    {
        using var task = TrainingTask.Create(TinyTraining.Joint);
        using var random = new MmDiffusion.Primitives.SeededRandom(1);
        task.Initialize(random);
        using var parameters = new TrainedParameters(task.Network, () => { });
        using var sum = new GradientSum(parameters.FlatGradient, 1, 1);
        using var ranks = new SlowRanks(fails);
        var exchange = new GradientExchange(parameters, sum, ranks, new ExchangeOptions());
        var buckets = exchange.Buckets.Count;
        exchange.Begin(isLastPart: true);
        exchange.StageDone(task.Network); // with which all buckets are complete, and sent
        Assert.True(ranks.HasBegun.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        // As if the step had failed meanwhile.
        var disposing = new Thread(exchange.Dispose);
        disposing.Start();
        Assert.False(disposing.Join(TimeSpan.FromMilliseconds(100)));
        ranks.MayGoOn.Set();
        Assert.True(disposing.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(fails ? 1 : buckets, ranks.Written);
    }

    /// <summary>Two ranks, of which the other takes its time.</summary>
    private sealed class SlowRanks(bool fails) : ICollective
    {
        internal ManualResetEventSlim HasBegun { get; } = new();

        internal ManualResetEventSlim MayGoOn { get; } = new();

        internal int Written { get; private set; }

        public int Rank => 0;

        public int Size => 2;

        public void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32)
        {
            HasBegun.Set();
            MayGoOn.Wait();
            // A freed tensor would throw here; freed memory would be someone else's.
            using (no_grad()) values.fill_(1);
            Written++;
            if (fails) throw new MmDiffusionException("rank 1 is gone");
        }

        public IReadOnlyList<Shard> Shards(int count) => [new Shard(0, count)];

        public void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32) => throw new NotSupportedException();

        public void AllGather(Tensor values) => throw new NotSupportedException();

        public void Broadcast(Tensor values, int root) => throw new NotSupportedException();

        public IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

        public IHandout HandOut(int count) => throw new NotSupportedException();

        public void Dispose()
        {
            HasBegun.Dispose();
            MayGoOn.Dispose();
        }
    }
}
