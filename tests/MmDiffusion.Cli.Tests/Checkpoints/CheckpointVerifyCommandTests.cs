using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Tests.Checkpoints;

[Trait("group", "parity")]
public sealed class CheckpointVerifyCommandTests
{
    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void A_published_checkpoint_computes_what_was_recorded_and_a_changed_one_does_not(string directory)
    {
        using var folder = new TemporaryFolder();
        var reference = Path.Combine(directory, "coupled.io.safetensors");
        // The configuration is looked for beside the checkpoint.
        File.Copy(Path.Combine(directory, "config.json"), folder["config.json"]);
        var checkpoint = new Reference(directory).Checkpoint("coupled.pt", folder);
        var errors = CommandRun
            .Succeed("checkpoint", "verify", checkpoint, "--reference", reference, "--json")
            .Json();
        Assert.Equal(4, errors.GetArrayLength());
        Assert.All(errors.EnumerateArray(), error =>
            Assert.InRange(error.GetProperty("error").GetDouble(), 0, ReferenceVerifier.Float32Tolerance));
        foreach (var factor in new[] { 1.01, double.NaN })
        {
            Change(checkpoint, folder["changed.safetensors"], factor);
            var run = CommandRun.Of(
                "checkpoint", "verify", folder["changed.safetensors"], "--config", Path.Combine(directory, "config.json"), "--reference",
                reference, "--json");
            Assert.Equal(ExitCode.Failure, run.ExitCode);
            Assert.Equal($"mmdiff: 4 of 4 outputs differ from '{reference}' by more than is tolerated", Assert.Single(run.ErrorLines));
            Assert.All(run.Json().EnumerateArray(), error => Assert.False(error.GetProperty("agrees").GetBoolean()));
        }
    }

    private static void Change(string checkpoint, string path, double factor)
    {
        using var source = WeightFile.Open(checkpoint);
        SafetensorsWriter.Write(path, source.Entries, name => source.Load(name).mul(factor));
    }
}
