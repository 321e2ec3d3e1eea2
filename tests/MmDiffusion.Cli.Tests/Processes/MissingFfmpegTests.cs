using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Without ffmpeg, what needs it says so before any work: no folder is made, and nothing is sampled or trained.</summary>
[Trait("group", "media")]
public sealed class MissingFfmpegTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (int ExitCode, string Output, string Error) Run(params string[] line)
    {
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, [.. line, "--output", _folder["out"]]);
        start.Environment[Ffmpeg.FolderVariable] = _folder.Path;
        return BuiltProgram.Run(start);
    }

    [Theory]
    [InlineData("sample", "--format", "webm")]
    [InlineData("train", "--config", "tiny.json", "--data", "synth:4", "--steps", "1")]
    [InlineData("upscale", "film.mp4")]
    [InlineData("evaluate", "--real", "a", "--generated", "b")]
    public void A_command_that_needs_it_ends_before_any_work(params string[] line)
    {
        File.WriteAllText(_folder["tiny.json"], TinyConfiguration.Json);
        var run = Run([
            .. line.Select(word => word == "tiny.json" ? _folder[word] : word),
            .. line[0] is "sample" or "upscale" ? new[] { "--model", model.Folder } : [],
        ]);
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("mmdiff: no program 'ff", run.Error, StringComparison.Ordinal);
        Assert.Contains(Ffmpeg.FolderVariable, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void Frames_are_sampled_without_it()
    {
        var run = Run("sample", "--model", model.Folder, "--upscaler", "none", "--sampler", "ddim", "--steps", "1", "--format", "frames");
        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.True(File.Exists(_folder["out/clip-0/frame-0001.png"]));
    }
}
