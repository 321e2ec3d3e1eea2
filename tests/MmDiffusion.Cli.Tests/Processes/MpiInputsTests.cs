using System.Diagnostics;
using System.Text.Json;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Several inputs, of which some fail, on real ranks: none may wait for another for ever.</summary>
[Trait("group", "mpi")]
public sealed class MpiInputsTests : IClassFixture<TinyModel>, IDisposable
{
    private readonly TinyModel _model;
    private readonly TemporaryFolder _folder = new();

    public MpiInputsTests(TinyModel model)
    {
        MpiProgram.Require();
        _model = model;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The first input fails as its results are written, on the rank that makes that clip.</summary>
    [Fact]
    public void An_input_that_fails_on_one_rank_fails_on_all_and_the_next_has_its_turn() => RequireOneOfTwo("a-0.gif", 2);

    [Theory]
    [Trait("group", "slow")]
    [InlineData("b-1.gif", 2)]
    [InlineData("b-0.json", 3)]
    public void An_input_that_fails_on_another_rank_does_the_same(string inTheWay, int ranks) => RequireOneOfTwo(inTheWay, ranks);

    private void RequireOneOfTwo(string inTheWay, int ranks)
    {
        foreach (var name in new[] { "a", "b" }) Inputs.Film(_folder[$"{name}.mp4"]);
        // A folder where a result should go: nothing can take its place.
        Directory.CreateDirectory(Path.Combine(_folder["out"], inTheWay, "full"));
        var (exitCode, output, error) = Run(MpiProgram.StartInfo(
            ranks,
            Command("--count", "2", "--json", _folder["a.mp4"], _folder["b.mp4"])));
        Assert.NotEqual(0, exitCode);
        var said = (output + error).Split('\n').Where(line => line.StartsWith("mmdiff: ", StringComparison.Ordinal)).ToList();
        Assert.Contains(said, line => line.Contains("1 of 2 inputs failed", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains(inTheWay, StringComparison.Ordinal));
        // The other input's clips are there, and shown.
        var other = inTheWay[0] == 'a' ? "b" : "a";
        Assert.All(new[] { 0, 1 }, seed => Assert.True(File.Exists(_folder[$"out/{other}-{seed}.gif"])));
        var json = output[output.IndexOf('[', StringComparison.Ordinal)..(output.LastIndexOf(']') + 1)];
        var shown = JsonDocument.Parse(json).RootElement
            .EnumerateArray()
            .Select(clip => Path.GetFileName(clip.GetProperty("path").GetString()))
            .ToList();
        Assert.Superset(new HashSet<string?>([$"{other}-0.gif", $"{other}-1.gif"]), shown.ToHashSet());
    }

    [Fact]
    public void Ranks_that_are_given_different_inputs_are_told_so_by_content()
    {
        foreach (var folder in new[] { "one", "two" }) Directory.CreateDirectory(_folder[folder]);
        foreach (var name in new[] { "one/a", "two/a", "b" }) Inputs.Film(_folder[$"{name}.mp4"], loudness: name == "two/a" ? 0.25f : 0.5f);
        foreach (var (first, second, named) in new (string[], string[], string)[]
        {
            ([_folder["one/a.mp4"]], [_folder["two/a.mp4"]], "input 1 ('a.mp4')"), // as many, of the same name
            ([_folder["b.mp4"], _folder["one/a.mp4"]], [_folder["one/a.mp4"], _folder["b.mp4"]], "input 1 ('b.mp4'), input 2 ('a.mp4')"),
            ([_folder["b.mp4"]], [_folder["b.mp4"], _folder["one/a.mp4"]], "number of inputs"),
        })
        {
            var (exitCode, output, error) = Run(MpiProgram.StartInfo(Command(first), Command(second)));
            Assert.NotEqual(0, exitCode);
            var said = Assert.Single((output + error).Split('\n'), line => line.StartsWith("mmdiff: ", StringComparison.Ordinal));
            Assert.Contains($"do not have the same {named}; start every rank", said, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["out"]));
        }
    }

    private string[] Command(params string[] more) =>
        [
            "video-to-audio", "--model", _model.Folder, "--output", _folder["out"], "--sampler", "ddim", "--steps", "2", "--format", "gif",
            "--precision", "fp32", .. more,
        ];

    private static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start)
    {
        using var launcher = Process.Start(start)!;
        var (output, error) = (launcher.StandardOutput.ReadToEndAsync(), launcher.StandardError.ReadToEndAsync());
        if (!launcher.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            launcher.Kill(entireProcessTree: true);
            Assert.Fail("the ranks wait for each other");
        }
        return (launcher.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
