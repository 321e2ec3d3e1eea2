using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Tests.Generation;

namespace MmDiffusion.Cli.Tests.Commands;

[Trait("group", "media")]
public sealed class SampleCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CommandRun Run(params string[] more) => RunWith(model.Folder, _folder.Path, more);

    private static CommandRun RunWith(string model, string output, params string[] more) => CommandRun.Succeed(
        ["sample", "--model", model, "--output", output, "--sampler", "ddim", "--steps", "2", "--upscaler-sampler", "ddim", "--upscaler-steps", "1", "--precision", "fp32", .. more]);

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("mp4", "clip-5.json clip-5.mp4 clip-6.json clip-6.mp4", "clip-6.mp4")]
    [InlineData("webm", "clip-5.json clip-5.webm clip-6.json clip-6.webm", "clip-6.webm")]
    [InlineData("gif", "clip-5.gif clip-5.json clip-5.wav clip-6.gif clip-6.json clip-6.wav", "clip-6.gif")]
    [InlineData("frames", "clip-5 clip-5.json clip-6 clip-6.json", "clip-6")]
    public void Every_format_is_made_under_the_names_that_are_printed(string format, string files, string last)
    {
        var run = Run("--count", "2", "--seed", "5", "--format", format, "--sheet", "--preview", "1");
        Assert.Equal([.. files.Split(' '), "preview.png", "sheet.png"], Names());
        Assert.Equal([_folder[last.Replace('6', '5')], _folder[last]], run.Lines);
        Assert.Contains($"the sheet of all clips is {_folder["sheet.png"]}", run.Error, StringComparison.Ordinal);
        Assert.All(new[] { "sheet.png", "preview.png" }, picture => Assert.True(PngImage.Read(_folder[picture]).Width > 16));
        if (format == "frames") AssertFrames(_folder[last]);
        else AssertFilm(_folder[last], format != "gif");
        if (format == "gif") Assert.Equal((3200, 8000), (WaveFile.Read(_folder["clip-6.wav"]).Samples.Length, WaveFile.Read(_folder["clip-6.wav"]).Rate));
    }

    private static void AssertFilm(string path, bool sound)
    {
        var media = MediaFile.Probe(path);
        Assert.Equal((16, 16, 10.0, sound), (media.Height, media.Width, media.FrameRate, media.HasSound));
        Assert.InRange(media.Duration, 0.399, 0.45);
        Assert.Equal(4, ClipReader.ReadFrames(path, ClipFormat.Native(media)).Count);
    }

    private static void AssertFrames(string folder)
    {
        Assert.Equal(["frame-0001.png", "frame-0002.png", "frame-0003.png", "frame-0004.png", "sound.wav"], Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        var (picture, sound) = (PngImage.Read(Path.Combine(folder, "frame-0004.png")), WaveFile.Read(Path.Combine(folder, "sound.wav")));
        Assert.Equal((16, 16, 3200, 8000), (picture.Height, picture.Width, sound.Samples.Length, sound.Rate));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        Run("--seed", "3");
        var first = File.ReadAllBytes(_folder["clip-3.mp4"]);
        File.Delete(_folder["clip-3.mp4"]);
        Run("--seed", "3", "--count", "2");
        Assert.Equal(first, File.ReadAllBytes(_folder["clip-3.mp4"]));
        Assert.NotEqual(first, File.ReadAllBytes(_folder["clip-4.mp4"]));
    }

    [Fact]
    public void Json_tells_each_clip_s_path_and_manifest_and_nothing_else_is_printed()
    {
        var clips = Run("--count", "2", "--batch", "2", "--json").Json();
        Assert.Equal(["clip-0.mp4", "clip-1.mp4"], clips.EnumerateArray().Select(clip => Path.GetRelativePath(_folder.Path, clip.GetProperty("path").GetString()!)));
        foreach (var clip in clips.EnumerateArray())
        {
            var manifest = clip.GetProperty("manifest");
            Assert.Equal(File.ReadAllText(clip.GetProperty("manifest_path").GetString()!).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal), manifest.GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
            Assert.Equal((2, "ddim", 2, "fp32"), (
                manifest.GetProperty("batch").GetInt32(), manifest.GetProperty("model").GetProperty("sampler").GetString(),
                manifest.GetProperty("model").GetProperty("steps").GetInt32(), manifest.GetProperty("model").GetProperty("precision").GetString()));
            Assert.Equal(1, manifest.GetProperty("upscaler").GetProperty("steps").GetInt32());
        }
    }

    [Fact]
    public void Without_the_upscaler_frames_keep_their_size()
    {
        var clip = Run("--upscaler", "none", "--json").Json()[0];
        Assert.False(clip.GetProperty("manifest").TryGetProperty("upscaler", out _));
        Assert.Equal(8, MediaFile.Probe(clip.GetProperty("path").GetString()!).Width);
    }

    [Fact]
    public void Another_upscaler_is_taken_by_its_folder() =>
        Assert.Equal(16, MediaFile.Probe(Run("--upscaler", Path.Combine(model.Folder, "upscaler")).Lines[^1]).Width);

    [Fact]
    public void A_trained_model_is_no_occasion_for_a_notice_and_an_untrained_one_for_just_one()
    {
        Assert.DoesNotContain("trained", Run().Error, StringComparison.Ordinal);
        using var untrained = new TemporaryFolder();
        new ModelDirectory(untrained.Path, ModelDirectory.Open(model.Folder).Description with { Trained = false }).Save();
        new ModelDirectory(untrained["upscaler"], ModelDirectory.Open(Path.Combine(model.Folder, "upscaler")).Description with { Trained = false }).Save();
        var run = RunWith(untrained.Path, _folder.Path, "--count", "2");
        Assert.Equal($"mmdiff: the model '{Path.GetFileName(untrained.Path)}' has not been trained: its clips are noise", Assert.Single(run.ErrorLines, line => line.Contains("trained", StringComparison.Ordinal)));
        Assert.Equal(2, run.Lines.Count);
    }

    [Fact]
    public void A_folder_of_results_is_made_and_keeps_what_else_is_in_it()
    {
        var results = _folder["a/b"];
        Assert.Equal(Path.Combine(results, "clip-0.mp4"), RunWith(model.Folder, results).Lines[^1]);
        File.WriteAllText(Path.Combine(results, "notes.txt"), "mine");
        RunWith(model.Folder, results);
        Assert.Equal(["clip-0.json", "clip-0.mp4", "notes.txt"], Directory.EnumerateFiles(results).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }
}
