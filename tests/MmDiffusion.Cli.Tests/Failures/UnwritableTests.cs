using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Failures;

/// <summary>Results that cannot be stored: a sentence, exit code 1, nothing half-written, and what was there stays.</summary>
[Trait("group", "media")]
public sealed class UnwritableTests(TinyModel model) : IClassFixture<TinyModel>
{
    private string[] Sample(string output, params string[] more) =>
        [
            "sample", "--model", model.Folder, "--upscaler", "none", "--sampler", "ddim", "--steps", "1", "--precision", "fp32",
            "--output", output, .. more,
        ];

    private string[] Import(string output) =>
    [
        "checkpoint", "import", Weights, "--config", Path.Combine(model.Folder, ModelDirectory.ConfigurationFile), "--output", output,
    ];

    private string Weights => Path.Combine(model.Folder, ModelDirectory.WeightsFile);

    [Theory]
    [InlineData("mp4", "clip-0.mp4")]
    [InlineData("webm", "clip-0.webm")]
    [InlineData("gif", "clip-0.gif")]
    public void A_disk_that_is_full_while_a_clip_is_written_keeps_the_older_clip(string format, string name)
    {
        using var disk = new SmallDisk(12);
        File.WriteAllText(disk[name], "old clip");
        File.WriteAllText(disk["clip-0.json"], "old manifest");
        AssertFull(disk, CommandRun.Of(Sample(disk.Path, "--format", format)));
        Assert.Equal(new[] { "clip-0.json", name }.Order(StringComparer.Ordinal), disk.Names);
        Assert.Equal(("old clip", "old manifest"), (File.ReadAllText(disk[name]), File.ReadAllText(disk["clip-0.json"])));
    }

    /// <summary>The clip may fit where its manifest does not any more: it is both or neither.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(28)]
    public void A_clip_is_never_left_without_its_manifest(int kilobytes)
    {
        using var disk = new SmallDisk(kilobytes);
        File.WriteAllText(disk["before.txt"], "here");
        var run = CommandRun.Of(Sample(disk.Path, "--format", "frames"));
        Assert.Equal(run.ExitCode == ExitCode.Success ? ["before.txt", "clip-0", "clip-0.json"] : ["before.txt"], disk.Names);
        Assert.Equal(run.ExitCode == ExitCode.Success, run.Output.Length > 0);
    }

    [Fact]
    public void A_disk_that_is_full_while_weights_are_written_keeps_the_older_model()
    {
        using var disk = new SmallDisk(64);
        File.WriteAllText(disk[ModelDirectory.WeightsFile], "old weights");
        File.WriteAllText(disk[ModelDirectory.ConfigurationFile], "old description");
        AssertFull(disk, CommandRun.Of(Import(disk.Path)));
        Assert.Equal([ModelDirectory.ConfigurationFile, ModelDirectory.WeightsFile], disk.Names);
        Assert.Equal(
            ("old weights", "old description"),
            (File.ReadAllText(disk[ModelDirectory.WeightsFile]), File.ReadAllText(disk[ModelDirectory.ConfigurationFile])));
    }

    [Fact]
    public void A_folder_that_may_not_be_written_is_said_before_any_work()
    {
        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        foreach (var output in new[] { disk.Path, disk["new"] })
        {
            Assert.Contains($"cannot write '{output}", CommandRun.Refuse(ExitCode.Failure, Sample(output)), StringComparison.Ordinal);
            Assert.Contains($"cannot write '{output}", CommandRun.Refuse(ExitCode.Failure, Import(output)), StringComparison.Ordinal);
        }
        Assert.Empty(disk.Names);
    }

    [Fact]
    public void A_folder_below_a_file_is_said_by_its_own_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "mine");
        foreach (var output in new[] { folder["file"], folder["file/results"] })
        {
            Assert.StartsWith(
                $"mmdiff: cannot write '{output}': ",
                CommandRun.Refuse(ExitCode.Failure, Sample(output)),
                StringComparison.Ordinal);
            Assert.StartsWith(
                $"mmdiff: cannot write '{output}",
                CommandRun.Refuse(ExitCode.Failure, Import(output)),
                StringComparison.Ordinal);
        }
        Assert.Equal("mine", File.ReadAllText(folder["file"]));
    }

    private static void AssertFull(SmallDisk disk, CommandRun run)
    {
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"mmdiff: cannot write '{disk.Path}", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("no space left on its disk", run.ErrorLines[^1], StringComparison.Ordinal);
    }
}
