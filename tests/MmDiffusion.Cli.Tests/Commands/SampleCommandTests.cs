using System.Text.Json;
using MmDiffusion.Cli.Tests.Generating;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Tests.Commands;

[Trait("group", "media")]
public sealed class SampleCommandTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TinyModels _models = new();
    private readonly TemporaryFolder _output = new();

    [Fact]
    public void A_clip_has_the_models_frames_and_sound_and_its_path_is_the_last_line()
    {
        Assert.Equal(ExitCode.Success, Sample());
        var path = _terminal.Output.TrimEnd('\n').Split('\n')[^1];
        Assert.Equal(_output["clip-0.mp4"], path);
        var information = MediaFile.Probe(path);
        Assert.Equal((2 * TinyModels.Size, 2 * TinyModels.Size), (information.Height, information.Width));
        Assert.Equal(10, information.FrameRate, 3);
        Assert.Equal(TinyModels.Frames, ClipReader.ReadFrames(path, TinyModels.Format(TinyModels.Size)).Count);
        Assert.Equal(16_000, information.SampleRate);
        using var manifest = JsonDocument.Parse(File.ReadAllText(_output["clip-0.json"]));
        Assert.Equal(0UL, manifest.RootElement.GetProperty("seed").GetUInt64());
    }

    [Fact]
    public void A_model_that_was_not_trained_is_said_once()
    {
        Sample("--count", "2");
        Assert.Single(_terminal.Error.Split('\n'), line => line.Contains("has not been trained", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        Sample("--format", "frames");
        var first = ReadAll();
        Sample("--format", "frames");
        Assert.Equal(first, ReadAll());
        Sample("--format", "frames", "--seed", "1", "--output", _output["other"]);
        Assert.NotEqual(first, [.. Directory.GetFiles(Path.Combine(_output["other"], "clip-1")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]);

        byte[][] ReadAll() => [.. Directory.GetFiles(_output["clip-0"]).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    }

    [Fact]
    public void Clips_have_a_seed_each_with_which_they_are_made_again_alone()
    {
        Sample("--count", "2", "--format", "frames", "--upscaler", "none");
        Sample("--seed", "1", "--format", "frames", "--upscaler", "none", "--output", _output["alone"]);
        foreach (var file in Directory.GetFiles(_output["clip-1"]))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_output["alone"], "clip-1", Path.GetFileName(file))));
    }

    [Theory]
    [InlineData("mp4", "clip-0.mp4")]
    [InlineData("webm", "clip-0.webm")]
    [InlineData("gif", "clip-0.gif", "clip-0.wav")]
    [InlineData("frames", "clip-0/sound.wav")]
    public void Every_format_writes_its_files(string format, params string[] files)
    {
        Assert.Equal(ExitCode.Success, Sample("--format", format, "--upscaler", "none"));
        Assert.All(files, file => Assert.True(File.Exists(_output[file]), file));
    }

    [Fact]
    public void Json_has_an_entry_for_each_clip_and_nothing_else()
    {
        Assert.Equal(ExitCode.Success, Sample("--count", "2", "--json", "--upscaler", "none"));
        using var json = JsonDocument.Parse(_terminal.Output);
        Assert.Equal(["clip-0.mp4", "clip-1.mp4"], json.RootElement.EnumerateArray().Select(entry => Path.GetFileName(entry.GetProperty("path").GetString())));
        Assert.All(json.RootElement.EnumerateArray(), entry => Assert.True(File.Exists(entry.GetProperty("manifest_path").GetString())));
        Assert.Equal([0UL, 1UL], json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("manifest").GetProperty("seed").GetUInt64()));
    }

    [Fact]
    public void A_sheet_and_a_preview_are_drawn_on_request()
    {
        Assert.Equal(ExitCode.Success, Sample("--sheet", "--preview", "1"));
        Assert.True(PngImage.Read(_output["sheet.png"]).Width > TinyModels.Size);
        Assert.True(PngImage.Read(_output["preview.png"]).Width > TinyModels.Size);
    }

    [Fact]
    public void Without_the_upscaler_frames_have_the_models_size()
    {
        Assert.Equal(ExitCode.Success, Sample("--upscaler", "none"));
        Assert.Equal(TinyModels.Size, MediaFile.Probe(_output["clip-0.mp4"]).Width);
    }

    [Theory]
    [InlineData("dpm-solver++")]
    [InlineData("unipc")]
    [InlineData("ddim")]
    [InlineData("ddpm")]
    public void Every_sampler_samples(string sampler) => Assert.Equal(ExitCode.Success, Sample("--sampler", sampler, "--upscaler", "none"));

    [Fact]
    public void Progress_goes_to_the_standard_error()
    {
        Sample();
        Assert.Matches(@"sampling: 2/2 network calls", _terminal.Error);
        Assert.Matches(@"upscaling: 8/8 frame steps", _terminal.Error);
        Assert.DoesNotContain("sampling", _terminal.Output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _models.Dispose();
        _output.Dispose();
    }

    private int Sample(params string[] more)
    {
        string[] output = more.Contains("--output") ? [] : ["--output", _output.Path];
        return _terminal.Run(["sample", "--model", _models.Joint, "--steps", "2", "--upscaler-steps", "2", "--precision", "fp32", .. output, .. more]);
    }
}
