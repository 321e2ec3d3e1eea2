using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training.Tests;

/// <summary>Ranks as threads: what they learn, and from which clips.</summary>
[Trait("group", "unit")]
public sealed class DataParallelTests
{
    private static readonly TrainingConfiguration Configuration = TinyTraining.Joint with
    {
        BatchSize = 4,
        MicroBatch = 1,
        Timesteps = TimestepSampling.LossAware,
    };

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Two_or_four_ranks_learn_the_same_as_one_bit_for_bit(int size)
    {
        var alone = Train(1)[0];
        Assert.All(Train(size), weights => Assert.Equal(alone, weights));
    }

    [Fact]
    public void Three_ranks_agree_and_learn_the_same_but_for_rounding()
    {
        var (alone, three) = (Train(1)[0], Train(3));
        Assert.All(three, weights => Assert.Equal(three[0], weights));
        Assert.InRange(alone.Zip(three[0]).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 1e-5);
    }

    [Fact]
    public void In_bfloat16_ranks_agree() =>
        Assert.Single(Train(2, new ExchangeOptions { Wire = WireFormat.BFloat16 }).Select(weights => string.Join(' ', weights)).Distinct());

    [Theory]
    [InlineData(2, WireFormat.Float32)]
    [InlineData(3, WireFormat.Float32)]
    [InlineData(4, WireFormat.Float32, Traits = ["group", "slow"])]
    [InlineData(2, WireFormat.BFloat16, Traits = ["group", "slow"])]
    public void Neither_a_sharded_optimiser_nor_the_time_when_gradients_travel_changes_a_bit(int size, WireFormat wire)
    {
        var expected = Train(size, new ExchangeOptions { Wire = wire, Overlap = false });
        Assert.Equal(expected, Train(size, new ExchangeOptions { Wire = wire }));
        Assert.Equal(expected, Train(size, new ExchangeOptions { Wire = wire, ShardOptimizer = true }));
    }

    [Fact]
    public void A_sharded_optimiser_leaves_no_more_tensors_behind_than_a_whole_one()
    {
        Assert.Equal(LeftBehind(new ExchangeOptions()), LeftBehind(new ExchangeOptions { ShardOptimizer = true }));

        static long LeftBehind(ExchangeOptions exchange)
        {
            var before = TinyTraining.LiveTensors();
            Train(2, exchange);
            return TinyTraining.LiveTensors() - before;
        }
    }

    [Fact]
    public void A_run_that_continues_with_other_numbers_of_ranks_is_the_same_whether_the_optimiser_is_sharded_or_not()
    {
        Assert.Equal(Last(sharded: false), Last(sharded: true));

        static byte[] Last(bool sharded)
        {
            using var folder = new TemporaryFolder();
            var step = 0;
            foreach (var size in new[] { 2, 1, 3, 2 })
            {
                step++;
                ThreadRanks.Run(size, ranks =>
                {
                    using var source = TinyTraining.Scenes(Configuration);
                    var options = new TrainingRunOptions
                    {
                        Resume = true,
                        ReviewEvery = 0,
                        HeldOutClips = 1,
                        SheetClips = 0,
                        Exchange = new ExchangeOptions { ShardOptimizer = sharded },
                    };
                    new TrainingRun(Configuration with { Steps = step }, new TrainingFolder(folder.Path), options, ranks).Run(source);
                    return 0;
                });
            }
            return File.ReadAllBytes(Path.Combine(folder.Path, "checkpoints", $"step-{step:D8}", "state.safetensors"));
        }
    }

    [Fact]
    public void Ranks_that_continue_a_run_need_no_weights_that_it_would_start_with()
    {
        using var folder = new TemporaryFolder();
        foreach (var step in new[] { 1, 2 })
        {
            ThreadRanks.Run(2, ranks =>
            {
                using var source = TinyTraining.Scenes(Configuration);
                var options = new TrainingRunOptions
                {
                    Resume = true,
                    From = step == 1 ? null : folder["gone.safetensors"],
                    ReviewEvery = 0,
                    HeldOutClips = 1,
                    SheetClips = 0,
                };
                new TrainingRun(Configuration with { Steps = step }, new TrainingFolder(folder.Path), options, ranks).Run(source);
                return 0;
            });
        }
        Assert.Equal(2, new TrainingFolder(folder.Path).Checkpoints()[0]);
    }

    [Fact]
    public void More_ranks_than_parts_are_refused() =>
        Assert.Contains(
            "5 ranks, but a batch of 4 has only 4 parts",
            Assert.ThrowsAny<MmDiffusionException>(() => Train(5)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    [InlineData(5, 4)]
    public void Whatever_the_number_of_ranks_every_clip_is_seen_once_in_an_epoch(int before, int after)
    {
        const int clips = 24, batch = 6, half = 2 * batch;
        var places = Places(before, 0, half).Concat(Places(after, half, clips - half));
        Assert.Equal(Enumerable.Range(0, clips).Select(place => (long)place), places.Order());

        static IEnumerable<long> Places(int ranks, long first, int count) =>
            from rank in Enumerable.Range(0, ranks)
            let share = BatchShare.Of(batch, 1, rank, ranks)
            from number in Enumerable.Range(0, count / batch * share.Count)
            select first + share.PlaceOf(number);
    }

    [Theory]
    [InlineData("configuration")]
    [InlineData("clips")]
    [InlineData("seed")]
    [InlineData("wire")]
    [InlineData("shard_optimizer")]
    public void Ranks_that_differ_are_refused_at_the_start(string what)
    {
        using var folder = new TemporaryFolder();
        var said = ThreadRanks.Run(2, ranks => Assert.ThrowsAny<MmDiffusionException>(() =>
        {
            var other = ranks.Rank == 1 ? what : "";
            using var source = TinyTraining.Scenes(Configuration, seed: other == "clips" ? 2UL : 1);
            var exchange = new ExchangeOptions
            {
                Wire = other == "wire" ? WireFormat.BFloat16 : WireFormat.Float32,
                ShardOptimizer = other == "shard_optimizer",
            };
            var options = new TrainingRunOptions { Seed = other == "seed" ? 2UL : 1, Exchange = exchange };
            new TrainingRun(
                Configuration with { LearningRate = other == "configuration" ? 2e-3 : 1e-3 },
                new TrainingFolder(folder.Path),
                options,
                ranks).Run(source);
        }).Message);
        Assert.Contains(
            $"do not have the same {what}; start every rank with the same program, command line and files",
            said[0],
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static List<float[]> Train(int size, ExchangeOptions? exchange = null) => ThreadRanks.Run(size, ranks =>
    {
        using var task = TrainingTask.Create(Configuration);
        using var random = new SeededRandom((ulong)ranks.Rank); // The first rank's weights count.
        task.Initialize(random);
        using var source = TinyTraining.Scenes(Configuration);
        using var trainer = new Trainer(task, Configuration, seed: 1, ranks: ranks, exchange: exchange);
        trainer.ShareState();
        using var loader = new ClipLoader(source, new ClipOrder(source.Count, 1), 0, Configuration.MicroBatch, share: trainer.Share);
        for (var step = 0; step < 3; step++) trainer.MakeStep(loader.Next);
        trainer.RequireSameWeights();
        return trainer.Values.Concat(trainer.Average).SelectMany(value => value.data<float>().ToArray()).ToArray();
    });
}
