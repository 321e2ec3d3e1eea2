using System.Text.Json.Nodes;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Generating;

[Trait("group", "media")]
public sealed class SampleCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CommandRun Run(params string[] more) => RunWith(model.Folder, _folder.Path, more);

    private static CommandRun RunWith(string model, string output, params string[] more) => CommandRun.Succeed(
        [
            "sample", "--model", model, "--output", output, "--sampler", "ddim", "--steps", "2", "--upscaler-sampler", "ddim",
            "--upscaler-steps", "1", "--precision", "fp32", .. more,
        ]);

    private string[] Names() => [.. Directory
        .EnumerateFileSystemEntries(_folder.Path)
        .Select(entry => Path.GetFileName(entry))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("mp4", "clip-5.json clip-5.mp4 clip-6.json clip-6.mp4", "clip-6.mp4")]
    [InlineData("webm", "clip-5.json clip-5.webm clip-6.json clip-6.webm", "clip-6.webm", Traits = ["group", "slow"])]
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
        if (format == "gif")
            Assert.Equal((3200, 8000), (WaveFile.Read(_folder["clip-6.wav"]).Samples.Length, WaveFile.Read(_folder["clip-6.wav"]).Rate));
    }

    private static void AssertFilm(string path, bool sound)
    {
        var media = MediaFile.Probe(path);
        Assert.Equal((16, 16, 10.0, sound), (media.Height, media.Width, media.FrameRate, media.HasAudio));
        Assert.InRange(media.Duration, 0.399, 0.45);
        Assert.Equal(4, ClipReader.ReadFrames(path, ClipFormat.Native(media)).Count);
    }

    private static void AssertFrames(string folder)
    {
        Assert.Equal(
            ["frame-0001.png", "frame-0002.png", "frame-0003.png", "frame-0004.png", "sound.wav"],
            Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        var (picture, sound) = (PngImage.Read(Path.Combine(folder, "frame-0004.png")), WaveFile.Read(Path.Combine(folder, "sound.wav")));
        Assert.Equal((16, 16, 3200, 8000), (picture.Height, picture.Width, sound.Samples.Length, sound.Rate));
    }

    [Theory]
    [InlineData("--sampler", "unipc", "--steps", "1")]
    [InlineData("--sampler", "dpm-solver", "--steps", "1001")]
    [InlineData("--upscaler-sampler", "unipc", "--upscaler-steps", "1")]
    [InlineData("--count", "2000000", "--seed", "1")]
    [InlineData("--batch", "5000", "--seed", "1")]
    public void Settings_that_cannot_be_are_usage_errors_before_weights_are_read(params string[] settings)
    {
        // Nothing but the description: weights would be missed.
        using var bare = new TemporaryFolder();
        Directory.CreateDirectory(bare["upscaler"]);
        foreach (var file in new[] { "config.json", "upscaler/config.json" }) File.Copy(Path.Combine(model.Folder, file), bare[file]);
        CommandRun.Refuse(ExitCode.Usage, ["sample", "--model", bare.Path, "--output", _folder["results"], .. settings]);
        Assert.False(Directory.Exists(_folder["results"]));
    }

    [Fact]
    public void A_class_that_the_model_does_not_know_is_refused()
    {
        Assert.Contains(
            "the model knows no labels",
            CommandRun.Refuse(ExitCode.Usage, "sample", "--model", model.Folder, "--label", "rain"),
            StringComparison.Ordinal);
        Assert.Contains(
            "the guidance by labels is 0.5",
            CommandRun.Refuse(ExitCode.Usage, "sample", "--model", model.Folder, "--label-guidance", "0.5"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mp4", "clip-1.mp4", 0.6, Traits = ["group", "slow"])]
    [InlineData("gif", "clip-1.wav", 0.5)]
    [InlineData("frames", "clip-1/frame-0003.png", 0.5, Traits = ["group", "slow"])]
    [InlineData("mp4", "clip-1.json", 0.0, Traits = ["group", "slow"])]
    public void A_clip_that_is_empty_or_a_half_is_made_again_by_a_run_that_resumes(string format, string damaged, double share) =>
        RequireMadeAgain(format, damaged, share);

    [Theory]
    [Trait("group", "slow")]
    [InlineData("mp4", "clip-1.mp4", 0.0)]
    [InlineData("webm", "clip-1.webm", 0.5)]
    [InlineData("gif", "clip-1.gif", 0.5)]
    [InlineData("frames", "clip-1/sound.wav", 0.3)]
    [InlineData("mp4", "clip-1.json", 0.5)]
    public void Any_other_part_that_is_empty_or_a_half_is_made_again(string format, string damaged, double share) =>
        RequireMadeAgain(format, damaged, share);

    private void RequireMadeAgain(string format, string damaged, double share)
    {
        Run("--count", "2", "--format", format);
        var whole = File.ReadAllBytes(_folder[damaged]);
        var other = File.GetLastWriteTimeUtc(_folder["clip-0.json"]);
        File.WriteAllBytes(_folder[damaged], whole[..(int)(share * whole.Length)]);
        var run = Run("--count", "2", "--format", format, "--resume");
        Assert.Contains(damaged[..6], Assert.Single(run.Lines), StringComparison.Ordinal);
        Assert.Contains("made again", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("made in another way", run.Error, StringComparison.Ordinal);
        if (!damaged.EndsWith(".json", StringComparison.Ordinal)) Assert.Equal(whole, File.ReadAllBytes(_folder[damaged]));
        Assert.Equal(other, File.GetLastWriteTimeUtc(_folder["clip-0.json"]));
        Assert.Empty(Run("--count", "2", "--format", format, "--resume").Lines);
    }

    [Fact]
    public void A_run_that_resumes_with_other_threads_says_that_bytes_may_differ()
    {
        Run("--count", "1", "--format", "gif");
        var manifest = JsonNode.Parse(File.ReadAllText(_folder["clip-0.json"]))!;
        var before = manifest["threads"]!.GetValue<int>();
        Assert.DoesNotContain("OMP_NUM_THREADS", Run("--count", "2", "--format", "gif", "--resume").Error, StringComparison.Ordinal);
        manifest["threads"] = before + 3;
        File.WriteAllText(_folder["clip-0.json"], manifest.ToJsonString());
        var error = Run("--count", "3", "--format", "gif", "--resume").Error;
        Assert.Contains($"made with OMP_NUM_THREADS={before + 3}, those to come are with {before}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_something_else_under_a_manifest_s_name_is_not_replaced()
    {
        File.WriteAllText(_folder["clip-0.json"], """{"mine": true}""");
        var run = CommandRun.Of(
            "sample", "--model", model.Folder, "--output", _folder.Path, "--sampler", "ddim", "--steps", "1", "--upscaler", "none",
            "--resume");
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Output));
        Assert.Contains("is not the manifest of a clip", run.Error, StringComparison.Ordinal);
        Assert.Equal("""{"mine": true}""", File.ReadAllText(_folder["clip-0.json"]));
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
        Assert.Equal(
            ["clip-0.mp4", "clip-1.mp4"],
            clips.EnumerateArray().Select(clip => Path.GetRelativePath(_folder.Path, clip.GetProperty("path").GetString()!)));
        foreach (var clip in clips.EnumerateArray())
        {
            var manifest = clip.GetProperty("manifest");
            Assert.Equal(
                File.ReadAllText(clip.GetProperty("manifest_path").GetString()!)
                    .ReplaceLineEndings("")
                    .Replace(" ", "", StringComparison.Ordinal),
                manifest.GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
            Assert.Equal((2, "ddim", 2, "fp32"), (
                manifest.GetProperty("batch").GetInt32(), manifest.GetProperty("model").GetProperty("sampler").GetString(),
                manifest.GetProperty("model").GetProperty("steps").GetInt32(), manifest
                    .GetProperty("model")
                    .GetProperty("precision")
                    .GetString()));
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
        new ModelDirectory(
            untrained["upscaler"],
            ModelDirectory.Open(Path.Combine(model.Folder, "upscaler")).Description with { Trained = false }).Save();
        var run = RunWith(untrained.Path, _folder.Path, "--count", "2");
        Assert.Equal(
            $"mmdiff: the model '{Path.GetFileName(untrained.Path)}' has not been trained: its clips are noise",
            Assert.Single(run.ErrorLines, line => line.Contains("trained", StringComparison.Ordinal)));
        Assert.Equal(2, run.Lines.Count);
    }

    [Fact]
    public void A_folder_of_results_is_made_and_keeps_what_else_is_in_it()
    {
        var results = _folder["a/b"];
        Assert.Equal(Path.Combine(results, "clip-0.mp4"), RunWith(model.Folder, results).Lines[^1]);
        File.WriteAllText(Path.Combine(results, "notes.txt"), "mine");
        RunWith(model.Folder, results);
        Assert.Equal(
            ["clip-0.json", "clip-0.mp4", "notes.txt"],
            Directory.EnumerateFiles(results).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }
}
