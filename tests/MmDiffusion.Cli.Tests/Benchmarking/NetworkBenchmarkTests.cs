using MmDiffusion.Cli.Benchmarking;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Tests.Benchmarking;

[Collection("alone")]
public class NetworkBenchmarkTests
{
    private static ModelDescription Joint { get; } = new() { Kind = ModelKind.Joint, Coupled = TinyModel.Coupled };

    private static ModelDescription Upscaler { get; } = new()
    {
        Kind = ModelKind.Upscaler,
        SuperResolution = TinyModel.SuperResolution,
        Diffusion = DiffusionConfiguration.SuperResolution,
    };

    [Trait("group", "unit")]
    [Fact]
    [Trait("group", "slow")]
    public void Both_networks_are_timed_beside_the_matrix_product() => RequireBothTimed(BenchmarkWork.Training, ScalarType.Float32);

    [Trait("group", "slow")]
    [Theory]
    [InlineData(BenchmarkWork.Forward, ScalarType.Float32)]
    [InlineData(BenchmarkWork.Forward, ScalarType.BFloat16)]
    public void Both_networks_are_timed_without_training(BenchmarkWork work, ScalarType type) => RequireBothTimed(work, type);

    private static void RequireBothTimed(BenchmarkWork work, ScalarType type)
    {
        foreach (var description in new[] { Joint, Upscaler })
        {
            var rounds = new List<int>();
            var measured = NetworkBenchmark.Run(
                description,
                new BenchmarkOptions { Work = work, Type = type, Rounds = 2 },
                rounds.Add,
                TestContext.Current.CancellationToken);
            Assert.Equal([1, 2], rounds);
            Assert.Equal((work == BenchmarkWork.Training ? 3 : 1) * NetworkOperations.OfForward(description), measured.Operations);
            Assert.True(
                measured.Seconds > 0 && measured.ProcessorSeconds > 0 && measured.MatmulRate > 0 && measured.PeakMemoryBytes > 10_000_000);
            Assert.Equal(measured.Operations / measured.Seconds / measured.MatmulRate, measured.Utilisation, 9);
            Assert.Equal(work == BenchmarkWork.Training, measured.UpdateShare is > 0 and < 1);
            Assert.Equal(work == BenchmarkWork.Forward && description == Joint, measured.CrossAttentionShare is > 0 and < 1);
        }
    }

    [Trait("group", "unit")]
    [Fact]
    public void A_batch_makes_as_many_times_the_operations_but_for_the_timestep()
    {
        foreach (var description in new[] { Joint, Upscaler })
            Assert.Equal(3, NetworkOperations.OfForward(description, 3) / (double)NetworkOperations.OfForward(description), 9);
    }

    [Trait("group", "unit")]
    [Fact]
    [Trait("group", "slow")]
    public void It_stops_between_rounds()
    {
        using var stop = new CancellationTokenSource();
        var rounds = 0;
        Assert.Throws<OperationCanceledException>(() => NetworkBenchmark.Run(Joint, new BenchmarkOptions { Rounds = 5 }, Stop, stop.Token));
        Assert.Equal(1, rounds);

        void Stop(int done)
        {
            rounds = done;
            stop.Cancel();
        }
    }

    [Trait("group", "unit")]
    [Fact]
    public void Every_wrong_setting_is_named()
    {
        var failure = Assert.ThrowsAny<MmDiffusionException>(() =>
            NetworkBenchmark.Run(Joint, new BenchmarkOptions { Batch = 0, Rounds = 0, Type = ScalarType.Float64 }));
        Assert.All(new[] { "batch is 0", "rounds is 0", "type is Float64" }, wrong =>
            Assert.Contains(wrong, failure.Message, StringComparison.Ordinal));
    }

    /// <summary>What the design of the networks gives as their cost, in GFLOP.</summary>
    [Trait("group", "slow")]
    [Theory]
    [InlineData("landscape", 1329)]
    [InlineData("sr-64-256", 1263)]
    public void The_published_sizes_have_their_known_operations(string preset, double expected) =>
        Assert.InRange(NetworkOperations.OfForward(ModelPresets.Find(preset)) / 1e9, expected - 0.5, expected + 0.5);
}
