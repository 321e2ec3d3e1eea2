using System.Diagnostics;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Clips made by real ranks.</summary>
[Trait("group", "mpi")]
public sealed class MpiSamplingTests : IClassFixture<TinyModel>, IDisposable
{
    private readonly TinyModel _model;
    private readonly TemporaryFolder _folder = new();

    public MpiSamplingTests(TinyModel model)
    {
        MpiProgram.Require();
        _model = model;
    }

    [Fact]
    public void Clips_are_the_same_files_whatever_the_number_of_ranks() => AssertSameFiles([1, 2], "7", "--batch", "2");

    [Fact]
    [Trait("group", "slow")]
    public void Sixty_four_clips_are_the_same_files_on_one_two_and_three_ranks() => AssertSameFiles([1, 2, 3], "64");

    [Fact]
    public void A_run_that_is_repeated_makes_what_is_missing()
    {
        Run(1, "clips", "--count", "3");
        var kept = File.GetLastWriteTimeUtc(_folder["clips/clip-0.gif"]);
        var bytes = File.ReadAllBytes(_folder["clips/clip-1.gif"]);
        File.Delete(_folder["clips/clip-1.json"]);
        Assert.Equal([_folder["clips/clip-1.gif"], _folder["clips/clip-3.gif"]], Run(2, "clips", "--count", "4", "--resume"));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(_folder["clips/clip-0.gif"]));
        Assert.Equal(bytes, File.ReadAllBytes(_folder["clips/clip-1.gif"]));
    }

    [Theory]
    [Trait("group", "slow")]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_run_that_lost_a_rank_makes_the_same_clips_when_it_is_repeated(int rank)
    {
        const int count = 40;
        using (var launcher = Process.Start(MpiProgram.StartInfo(2, Sample("clips", "--count", $"{count}", "--resume"))))
        {
            var (output, error) = (launcher!.StandardOutput.ReadToEndAsync(), launcher.StandardError.ReadToEndAsync());
            while (Clips().Length < 4 && !launcher.HasExited) await Task.Delay(5);
            MpiProgram.Ranks(launcher)[rank].Kill();
            Assert.True(launcher.WaitForExit(TimeSpan.FromSeconds(10)));
            Assert.NotEqual(0, launcher.ExitCode);
            Assert.Matches($"process rank {rank} .* signal 9", await output + await error);
        }
        Assert.InRange(Clips().Length, 4, count - 1);
        Run(2, "clips", "--count", $"{count}", "--resume");
        Run(1, "alone", "--count", $"{count}");
        foreach (var path in Directory.GetFiles(_folder["alone"], "*.gif"))
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(_folder["clips"], Path.GetFileName(path))));
        Assert.Equal(count, Clips().Length);

        string[] Clips() => Directory.Exists(_folder["clips"]) ? Directory.GetFiles(_folder["clips"], "clip-*.json") : [];
    }

    [Fact]
    public void Ranks_that_would_make_other_clips_are_refused_in_one_sentence()
    {
        var (exitCode, output, error) = BuiltProgram.Run(MpiProgram.StartInfo(
            Sample("clips", "--count", "4"),
            Sample("clips", "--count", "5")));
        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            "do not have the same settings",
            Assert.Single((output + error).Split('\n'), line => line.StartsWith("mmdiff: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["clips"]));
    }

    [Fact]
    public void Clips_made_in_another_way_are_not_completed()
    {
        Run(1, "clips", "--count", "1");
        var (exitCode, _, error) = BuiltProgram.Run(BuiltProgram.StartInfo(
            BuiltProgram.Folder,
            Sample("clips", "--count", "2", "--batch", "2", "--resume")));
        Assert.Equal(1, exitCode);
        Assert.Contains("made in another way", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void AssertSameFiles(int[] sizes, string count, params string[] more)
    {
        foreach (var ranks in sizes) Run(ranks, $"on{ranks}", ["--count", count, .. more]);
        foreach (var name in Names(sizes[0]).Where(name => !name.EndsWith(".json", StringComparison.Ordinal)))
            Assert.All(sizes, ranks =>
                Assert.Equal(File.ReadAllBytes(_folder[$"on{sizes[0]}/{name}"]), File.ReadAllBytes(_folder[$"on{ranks}/{name}"])));
        Assert.All(sizes, ranks => Assert.Equal(Names(sizes[0]), Names(ranks)));
    }

    private IEnumerable<string> Names(int ranks) =>
        Directory.EnumerateFiles(_folder[$"on{ranks}"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private string[] Run(int ranks, string output, params string[] more)
    {
        var start = ranks == 1
            ? BuiltProgram.StartInfo(BuiltProgram.Folder, Sample(output, more))
            : MpiProgram.StartInfo(ranks, Sample(output, more));
        start.Environment["OMP_NUM_THREADS"] = "1";
        var run = BuiltProgram.Run(start);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Split('\n', '\r').Where(line => line.Length > 0).ToArray();
    }

    private string[] Sample(string output, params string[] more) =>
        [
            "sample", "--model", _model.Folder, "--output", _folder[output], "--sampler", "ddim", "--steps", "2", "--upscaler", "none",
            "--format", "gif", "--precision", "fp32", .. more,
        ];
}
