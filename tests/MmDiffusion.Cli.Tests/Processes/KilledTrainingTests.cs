using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Training by a real process that is killed, as by kill -9, whatever it is doing.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(4);

    private readonly TemporaryFolder _folder = new();

    public KilledTrainingTests() => File.WriteAllText(_folder["tiny.json"], TinyConfiguration.Json);

    [Theory]
    [InlineData(1)]
    [Trait("group", "unit")]
    public void A_run_that_was_killed_continues_as_if_it_was_not(int kills) => Kill(kills);

    [Theory]
    [InlineData(20)]
    [Trait("group", "slow")]
    public void A_run_that_was_killed_again_and_again_continues_as_if_it_was_not(int kills) => Kill(kills);

    public void Dispose() => _folder.Dispose();

    /// <summary>Every life begins with what the one before left: whatever one of them lost or made twice, the end would show.</summary>
    private void Kill(int kills)
    {
        var random = new Random(kills);
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = Process.Start(BuiltProgram.StartInfo(BuiltProgram.Folder, Train("killed", 100_000)))!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            // Every third is killed at any moment of its start; the others in the middle of their steps, each of which writes a checkpoint.
            var before = NewestStep();
            if (kill % 3 != 2) SpinWait.SpinUntil(() => NewestStep() > before || process.HasExited);
            Assert.False(process.WaitForExit(random.NextDouble() * (kill % 3 == 2 ? LongestLife : LongestLife / 4)), "it ended by itself");
            process.Kill();
            process.WaitForExit();
            Task.WaitAll(output, error);
        }
        var end = NewestStep() + 2;
        Assert.True(end > kills / 2);
        Run("killed", end);
        Run("alone", end);
        Assert.Equal(Bytes("alone", end, "state.safetensors"), Bytes("killed", end, "state.safetensors"));
        Assert.Equal(
            File.ReadAllText(Path.Combine(_folder["alone"], "losses.csv")),
            File.ReadAllText(Path.Combine(_folder["killed"], "losses.csv")));
    }

    private void Run(string output, long steps)
    {
        var run = BuiltProgram.Run(BuiltProgram.StartInfo(BuiltProgram.Folder, Train(output, steps)));
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private string[] Train(string output, long steps) =>
    [
        "train", "--config", _folder["tiny.json"], "--data", "synth:8", "--output", _folder[output], "--steps",
        steps.ToString(CultureInfo.InvariantCulture),
        "--checkpoint-every", "1", "--review-every", "0", "--held-out-clips", "1",
        "--sheet-clips", "0", "--resume",
    ];

    private long NewestStep() => new TrainingFolder(_folder["killed"]).Checkpoints() is [var newest, ..] ? newest : 0;

    private byte[] Bytes(string output, long step, string file) =>
        File.ReadAllBytes(Path.Combine(_folder[output], "checkpoints", $"step-{step:D8}", file));
}
