using System.Collections.Concurrent;
using MmDiffusion.Collectives;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Distributed.Tests;

[Trait("group", "unit")]
public sealed class TreeCollectiveTests
{
    // So few that also short tensors have shards of all ranks.
    private const int Grain = 2;

    public static TheoryData<int, int> SizesAndCounts =>
        new(from size in new[] { 1, 2, 3, 4, 5, 7, 8 } from count in new[] { 1, 5, 1000 } select (size, count));

    [Theory]
    [MemberData(nameof(SizesAndCounts))]
    public void A_sum_has_the_same_bits_on_every_rank_and_in_every_run(int size, int count)
    {
        var first = Sums(size, count, WireFormat.Float32);
        Assert.All(first, sum => Assert.Equal(first[0], sum));
        Assert.Equal(first, Sums(size, count, WireFormat.Float32));
        for (var i = 0; i < count; i++) Assert.Equal(Enumerable.Range(0, size).Sum(rank => (double)Value(rank, i)), first[0][i], 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Sums_of_a_power_of_two_follow_the_tree(int size)
    {
        var sum = Sums(size, 100, WireFormat.Float32)[0];
        for (var i = 0; i < sum.Length; i++) Assert.Equal(Tree(0, size, i), sum[i]);
    }

    [Theory]
    [MemberData(nameof(SizesAndCounts))]
    public void In_bfloat16_every_rank_still_has_the_same_bits(int size, int count)
    {
        var sums = Sums(size, count, WireFormat.BFloat16);
        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
        for (var i = 0; i < count; i++)
            Assert.Equal(Enumerable.Range(0, size).Sum(rank => (double)Value(rank, i)), sums[0][i], 0.05 * size);
    }

    [Theory]
    [MemberData(nameof(SizesAndCounts))]
    public void Every_value_has_one_owner_who_gets_its_sum(int size, int count)
    {
        foreach (var wire in Enum.GetValues<WireFormat>())
        {
            var sum = Sums(size, count, wire)[0];
            var owned = ThreadRanks.Run(size, ranks =>
            {
                using var values = Values(ranks.Rank, count);
                ranks.ReduceScatter(values, wire);
                var all = values.data<float>().ToArray();
                return ranks.Shards(count)
                    .SelectMany(shard => Enumerable.Range((int)shard.Start, (int)shard.Length))
                    .Select(i => (i, all[i]))
                    .ToList();
            }, Grain).SelectMany(pairs => pairs).OrderBy(pair => pair.i).ToList();
            Assert.Equal(sum.Index(), owned);
        }
    }

    [Theory]
    [MemberData(nameof(SizesAndCounts))]
    public void What_its_owners_have_is_gathered_as_it_is(int size, int count)
    {
        var gathered = ThreadRanks.Run(size, ranks =>
        {
            using var values = full(count, float.NaN);
            foreach (var (start, length) in ranks.Shards(count))
                using (var own = values.narrow(0, start, length)) own.copy_(arange(start, start + length));
            ranks.AllGather(values);
            return values.data<float>().ToArray();
        }, Grain);
        Assert.All(gathered, values => Assert.Equal(Enumerable.Range(0, count).Select(i => (float)i), values));
    }

    [Fact]
    public void Values_that_are_not_numbers_stay_so_in_bfloat16()
    {
        var bytes = WireTypes.Pack([.. Enumerable.Repeat(float.NaN, 40), float.PositiveInfinity, 1], WireFormat.BFloat16, new byte[84]);
        var values = new float[42];
        WireTypes.Unpack(bytes, WireFormat.BFloat16, values);
        Assert.All(values[..40], value => Assert.True(float.IsNaN(value)));
        Assert.Equal([float.PositiveInfinity, 1f], values[40..]);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(6, 3)]
    public void A_broadcast_reaches_everyone(int size, int root)
    {
        var received = ThreadRanks.Run(size, ranks =>
        {
            using var values = tensor(new[] { ranks.Rank, 7f });
            ranks.Broadcast(values, root);
            return values.data<float>().ToArray();
        });
        Assert.All(received, values => Assert.Equal([root, 7f], values));
    }

    [Fact]
    public void Bytes_of_all_lengths_are_gathered_by_rank()
    {
        var gathered = ThreadRanks.Run(5, ranks => ranks.AllGather(new byte[ranks.Rank]).Select(bytes => bytes.Length).ToArray());
        Assert.All(gathered, lengths => Assert.Equal([0, 1, 2, 3, 4], lengths));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 100)]
    [InlineData(4, 2)]
    public void Every_number_is_handed_out_once(int size, int count)
    {
        var taken = ThreadRanks.Run(size, ranks =>
        {
            var handout = ranks.HandOut(count);
            var mine = new List<int>();
            while (handout.Next() is { } number) mine.Add(number);
            return mine;
        });
        Assert.Equal(Enumerable.Range(0, count), taken.SelectMany(numbers => numbers).Order());
    }

    [Theory]
    [InlineData(1, 0, 10)]
    [InlineData(2, 0, 10)]
    [InlineData(2, 1, 10)]
    [InlineData(3, 2, 1)] // fewer pieces than ranks
    [InlineData(4, 1, 200)]
    public void Work_that_fails_on_one_rank_ends_on_all_which_then_continue_together(int size, int failing, int count)
    {
        var done = new ConcurrentBag<int>();
        using var all = new Barrier(size);
        var said = ThreadRanks.Run(size, ranks =>
        {
            var own = 0;
            var failure = Record.Exception(() => ranks.ShareOut(count, number =>
            {
                // Every rank has a piece before one fails.
                if (own++ == 0 && count >= size) all.SignalAndWait(TimeSpan.FromSeconds(30));
                if (ranks.Rank == failing) throw new MmDiffusionException("the disk is full");
                done.Add(number);
                Thread.Sleep(1);
            }));
            // They are in step: the next input's collective calls and hand-outs find all of them.
            var everyone = ranks.AllGather([(byte)ranks.Rank]).Select(bytes => (int)bytes[0]).ToList();
            Assert.Equal(Enumerable.Range(0, size), everyone);
            ranks.ShareOut(size, _ => { });
            return failure;
        });
        if (count < size && said.All(failure => failure is null)) return; // the rank that fails had no piece
        Assert.All(said, failure => Assert.False(Assert.IsAssignableFrom<MmDiffusionException>(failure).EndsRun));
        Assert.All(said, failure => Assert.Contains("the disk is full", failure!.Message, StringComparison.Ordinal));
        Assert.InRange(done.Distinct().Count(), 0, count - 1);
        if (count == 200) Assert.InRange(done.Count, 0, 100); // nothing is begun for an input that has failed
    }

    [Fact]
    public void A_hand_out_that_is_abandoned_ends_for_all_ranks()
    {
        var taken = ThreadRanks.Run(3, ranks =>
        {
            var handout = ranks.HandOut(1_000_000);
            var first = handout.Next();
            Assert.NotNull(first);
            if (ranks.Rank == 2) handout.Abandon();
            else while (handout.Next() is not null) Thread.Sleep(1);
            return first.Value;
        });
        Assert.Equal(3, taken.Distinct().Count());
        using var alone = new SingleProcess();
        var all = alone.HandOut(5);
        Assert.Equal(0, all.Next());
        all.Abandon();
        Assert.Null(all.Next());
    }

    [Fact]
    public void A_failure_on_one_rank_is_told_there_and_ends_all()
    {
        var said = ThreadRanks.Run(3, ranks =>
            Assert.ThrowsAny<MmDiffusionException>(() =>
                ranks.Together(() => ranks.Rank == 1 ? throw new MmDiffusionException("no clips") : 0)));
        Assert.Equal($"rank 1 on {Environment.MachineName}: no clips", said[1].Message);
        Assert.All([said[0], said[2]], exception => Assert.True(((RankLostException)exception).IsSaidElsewhere));
    }

    [Fact]
    public void Different_facts_are_named_by_the_first_rank()
    {
        var said = ThreadRanks.Run(3, ranks =>
            Assert.ThrowsAny<MmDiffusionException>(() => ranks.RequireSame([("seed", "1"), ("clips", $"{ranks.Rank / 2}")], "fix it")));
        Assert.Equal(
            $"rank 2 on {Environment.MachineName} and rank 0 on {Environment.MachineName} do not have the same clips; fix it",
            said[0].Message);
        Assert.IsType<RankLostException>(said[1]);
    }

    [Fact]
    public void Another_build_is_another_version()
    {
        var said = ThreadRanks.Run(2, ranks =>
            Assert.ThrowsAny<MmDiffusionException>(() => ranks.RequireSame($"0.1.0+{ranks.Rank}", [("seed", "1")], "fix it")));
        Assert.Contains("do not have the same version; fix it", said[0].Message, StringComparison.Ordinal);
    }

    private static List<float[]> Sums(int size, int count, WireFormat wire) => ThreadRanks.Run(size, ranks =>
    {
        using var values = Values(ranks.Rank, count);
        ranks.AllReduce(values, wire);
        return values.data<float>().ToArray();
    }, Grain);

    private static Tensor Values(int rank, int count) => tensor(Enumerable.Range(0, count).Select(i => Value(rank, i)).ToArray());

    private static float Tree(int first, int count, int i) =>
        count == 1 ? Value(first, i) : Tree(first, count / 2, i) + Tree(first + count / 2, count / 2, i);

    private static float Value(int rank, int i) => MathF.Sin(1 + 31 * rank + 7 * i);
}
