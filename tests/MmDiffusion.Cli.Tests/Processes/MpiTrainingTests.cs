using System.Diagnostics;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Training by real ranks.</summary>
[Trait("group", "mpi")]
public sealed class MpiTrainingTests : IDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public MpiTrainingTests()
    {
        MpiProgram.Require();
        File.WriteAllText(_folder["tiny.json"], TinyConfiguration.Json);
    }

    [Theory]
    [InlineData]
    [InlineData("--shard-optimizer")]
    public void A_run_of_two_ranks_that_continues_with_one_is_the_run_of_one(params string[] exchange)
    {
        Run(1, "alone", "--steps", "6");
        Run(2, "ranks", ["--steps", "3", .. exchange]);
        Run(1, "ranks", "--steps", "6");
        Assert.Equal(State("alone", 6), State("ranks", 6));
        Assert.Equal(Losses("alone")[^1], Losses("ranks")[^1]);
    }

    [Fact]
    [Trait("group", "slow")]
    public void After_fifty_steps_two_ranks_have_the_weights_of_one_and_three_nearly_its_losses()
    {
        foreach (var ranks in new[] { 1, 2, 3 }) Run(ranks, $"run{ranks}", "--steps", "50");
        Assert.Equal(State("run1", 50), State("run2", 50));
        Run(3, "again", "--steps", "50");
        Assert.Equal(State("run3", 50), State("again", 50));
        foreach (var (ranks, until) in new[] { (2, 20), (1, 30), (3, 50) }) Run(ranks, "changing", "--steps", $"{until}");
        // Other clips, or other noise, would give other losses.
        foreach (var other in new[] { "run3", "changing" })
            Assert.All(Losses("run1").Zip(Losses(other)), pair => Assert.Equal(pair.First, pair.Second, 0.01));
    }

    [Fact]
    public void Ranks_of_different_runs_are_refused_in_one_sentence()
    {
        var (exitCode, output, error) = BuiltProgram.Run(MpiProgram.StartInfo(Train("a", "--seed", "1"), Train("a", "--seed", "2")));
        Assert.NotEqual(0, exitCode);
        Assert.Single((output + error).Split('\n'), line =>
            line.StartsWith("mmdiff: rank 1 on ", StringComparison.Ordinal)
                && line.Contains("do not have the same seed", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_folder["a"], "checkpoints")));
    }

    [Fact]
    public void What_is_missing_on_one_rank_is_said_by_that_one_alone()
    {
        var (exitCode, _, error) = BuiltProgram.Run(MpiProgram.StartInfo(Train("a"), Train("a", "--held-out", "/nowhere")));
        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            "/nowhere",
            Assert.Single(error.Split('\n'), line => line.StartsWith("mmdiff: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public Task A_rank_that_is_killed_ends_the_run_which_can_be_resumed() => Kill(rank: 1, seed: 1);

    [Fact]
    public async Task The_warning_of_a_scheduler_ends_all_ranks_with_a_checkpoint()
    {
        using var launcher = Process.Start(MpiProgram.StartInfo(2, Train("run", "--steps", "100000")))!;
        var error = launcher.StandardError.ReadToEndAsync();
        while (NewestStep() == 0 && !launcher.HasExited) await Task.Delay(20);
        await Signal("-USR1", launcher.Id);
        Assert.True(launcher.WaitForExit(EndsWithin));
        Assert.Single((await error).Split('\n'), "mmdiff: stopped");
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task A_rank_that_the_others_wait_for_is_named()
    {
        using var launcher = Process.Start(MpiProgram.StartInfo(2, Train("run", "--steps", "100000")))!;
        _ = launcher.StandardOutput.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (NewestStep() == 0 && !launcher.HasExited) await Task.Delay(20, patience.Token);
        var slow = MpiProgram.Ranks(launcher)[1].Id;
        var halting = HaltAgainAndAgain(slow, patience.Token);
        string? line;
        do line = await launcher.StandardError.ReadLineAsync(patience.Token);
        while (line is not null && !line.Contains("wait for it", StringComparison.Ordinal));
        await patience.CancelAsync();
        await halting;
        launcher.Kill(entireProcessTree: true);
        Assert.StartsWith($"mmdiff: rank 1 on {Environment.MachineName} takes ", line, StringComparison.Ordinal);
    }

    // A process that runs a fifth of the time takes five times as long as one that never stops.
    private static async Task HaltAgainAndAgain(int process, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Signal("-STOP", process);
            await Task.Delay(200, CancellationToken.None);
            await Signal("-CONT", process);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static async Task Signal(string name, int process)
    {
        using var kill = Process.Start("kill", [name, $"{process}"]);
        await kill.WaitForExitAsync();
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(0, 5)]
    [InlineData(1, 6)]
    [InlineData(0, 7)]
    [InlineData(1, 8)]
    [InlineData(0, 9)]
    [InlineData(1, 10)]
    [InlineData(0, 11)]
    [InlineData(1, 12)]
    [Trait("group", "slow")]
    public async Task Whenever_a_rank_is_killed_the_resumed_run_is_the_run_that_was_not(int rank, int seed)
    {
        // Every other time moments have to be gathered for a checkpoint, too.
        await Kill(rank, seed, seed % 4 < 2 ? ["--shard-optimizer"] : []);
        var step = NewestStep() + 2;
        Run(2, "run", "--steps", $"{step}");
        Run(1, "alone", "--steps", $"{step}");
        Assert.Equal(State("alone", step), State("run", step));
    }

    private async Task Kill(int rank, int seed, params string[] exchange)
    {
        using var launcher = Process.Start(MpiProgram.StartInfo(2, Train("run", ["--steps", "100000", .. exchange])))!;
        var (output, error) = (launcher.StandardOutput.ReadToEndAsync(), launcher.StandardError.ReadToEndAsync());
        while (NewestStep() < 2 && !launcher.HasExited) await Task.Delay(20);
        await Task.Delay(new Random(seed).Next(500));
        MpiProgram.Ranks(launcher)[rank].Kill();
        Assert.True(launcher.WaitForExit(EndsWithin));
        Assert.NotEqual(0, launcher.ExitCode);
        var said = (await error).Split('\n').Where(line =>
            line.StartsWith("mmdiff: ", StringComparison.Ordinal) && !line.Contains("training: ", StringComparison.Ordinal));
        if (rank == 0) Assert.Empty(said);
        else Assert.Contains("mpirun is ending the run", Assert.Single(said), StringComparison.Ordinal);
        Assert.Matches($"process rank {rank} .* signal 9", await output + await error);
        Run(1, "run", "--steps", $"{NewestStep() + 1}");
    }

    public void Dispose() => _folder.Dispose();

    private void Run(int ranks, string output, params string[] more)
    {
        var start = ranks == 1
            ? BuiltProgram.StartInfo(BuiltProgram.Folder, Train(output, more))
            : MpiProgram.StartInfo(ranks, Train(output, more));
        start.Environment["OMP_NUM_THREADS"] = "1";
        var run = BuiltProgram.Run(start);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Path.Combine(_folder[output], "model"), run.Output.TrimEnd());
    }

    private string[] Train(string output, params string[] more) =>
        [
            "train", "--config", _folder["tiny.json"], "--data", "synth:8", "--output", _folder[output], "--checkpoint-every", "1",
            "--review-every", "0", "--held-out-clips", "1", "--sheet-clips", "0", "--resume", .. more,
        ];

    private long NewestStep() => new MmDiffusion.Training.TrainingFolder(_folder["run"]).Checkpoints() is [var newest, ..] ? newest : 0;

    private byte[] State(string output, long step) =>
        File.ReadAllBytes(Path.Combine(_folder[output], "checkpoints", $"step-{step:D8}", "state.safetensors"));

    private double[] Losses(string output) => [.. File
        .ReadLines(Path.Combine(_folder[output], "losses.csv"))
        .Skip(1)
        .Select(row => double.Parse(row.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture))];
}
