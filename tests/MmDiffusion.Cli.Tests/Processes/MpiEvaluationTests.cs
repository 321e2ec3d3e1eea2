using System.Text.Json;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Clips measured by real ranks.</summary>
[Trait("group", "mpi")]
public sealed class MpiEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MpiEvaluationTests()
    {
        MpiProgram.Require();
        Draw("real", 1, 16);
        Draw("generated", 2, 16);
        Draw("training", 3, 4);
        File.WriteAllText(
            _folder["protocol.json"],
            """{ "name": "own", "video_extractor": "embedded-video", "audio_extractor": "embedded-audio", "resamples": 20 }""");
    }

    [Fact]
    public void A_report_is_the_same_whatever_the_number_of_ranks()
    {
        var alone = Report(BuiltProgram.StartInfo(BuiltProgram.Folder, Evaluate("alone")));
        var ranks = Report(MpiProgram.StartInfo(3, Evaluate("ranks")));
        Assert.Equal(alone.Select(part => part.Name), ranks.Select(part => part.Name));
        foreach (var (one, three) in alone.Zip(ranks))
            if (one.Name != "made_at") Assert.Equal(one.Value.GetRawText(), three.Value.GetRawText());
    }

    [Fact]
    public void Ranks_that_see_other_files_are_refused()
    {
        Draw("others", 4, 16);
        var (exitCode, _, error) = BuiltProgram.Run(MpiProgram.StartInfo(
            Evaluate("x"),
            [.. Evaluate("x").Select(word => word == _folder["real"] ? _folder["others"] : word)]));
        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            "do not have the same files",
            Assert.Single(error.Split('\n'), line => line.StartsWith("mmdiff: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Draw(string name, ulong seed, int count)
    {
        using var source = new SyntheticClipSource(count, seed, new ClipShape { Height = 16, Width = 16 });
        for (var i = 0; i < count; i++)
            SceneFiles.Write(SyntheticScenes.Create(source.SeedOf(i), source.Shape), _folder[name], $"clip-{i:D2}", ClipFileFormat.Mp4);
    }

    // Each with a cache of its own: the second must not find what the first measured.
    private string[] Evaluate(string output) =>
    [
        "evaluate", "--real", _folder["real"], "--generated", _folder["generated"], "--training", _folder["training"],
        "--protocol", _folder["protocol.json"], "--cache", _folder[$"{output}-cache"], "--output", _folder[output], "--json",
    ];

    private static List<JsonProperty> Report(System.Diagnostics.ProcessStartInfo start)
    {
        start.Environment["OMP_NUM_THREADS"] = "1";
        var run = BuiltProgram.Run(start);
        Assert.True(run.ExitCode == 0, run.Error);
        return [.. JsonDocument.Parse(run.Output[run.Output.IndexOf('{', StringComparison.Ordinal)..]).RootElement.EnumerateObject()];
    }
}
