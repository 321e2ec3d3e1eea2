using System.Text.Json;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Tests.Commands;

[Trait("group", "parity")]
public sealed class CheckpointCommandTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void A_published_checkpoint_is_imported_shown_and_verified(string directory)
    {
        foreach (var (weights, recording) in new[] { ("coupled.pt", "coupled.io.safetensors"), ("sr.pt", "sr.io.safetensors") })
        {
            Assert.SkipUnless(File.Exists(Path.Combine(directory, weights)), $"there is no {weights}");
            var model = _folder[Path.GetFileNameWithoutExtension(weights)];
            Assert.Equal(ExitCode.Success, Run("import", Path.Combine(directory, weights), "--config", Path.Combine(directory, "config.json"), "--output", model));
            Assert.True(File.Exists(Path.Combine(model, ModelDirectory.WeightsFile)));
            Assert.Equal(ExitCode.Success, Run("verify", model, "--reference", Path.Combine(directory, recording)));
            Assert.Equal(ExitCode.Success, Run("info", Path.Combine(directory, weights)));
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Verification_prints_the_error_of_each_tensor_and_fails_where_one_differs(string directory)
    {
        var (weights, reference) = (Path.Combine(directory, "coupled.pt"), Path.Combine(directory, "coupled.io.safetensors"));
        Assert.SkipUnless(File.Exists(weights) && File.Exists(reference), "there is no coupled network");
        Assert.Equal(ExitCode.Success, Run("verify", weights, "--reference", reference, "--json"));
        using (var json = JsonDocument.Parse(_terminal.Output)) Assert.All(json.RootElement.EnumerateArray(), error => Assert.InRange(error.GetProperty("error").GetDouble(), 0, 1e-4));
        // The other network's weights are not these.
        Assert.Equal(ExitCode.Failure, Run("verify", Path.Combine(directory, "sr.pt"), "--reference", reference));
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _folder.Dispose();
    }

    private int Run(string command, params string[] arguments) => _terminal.Run(["checkpoint", command, .. arguments]);
}
