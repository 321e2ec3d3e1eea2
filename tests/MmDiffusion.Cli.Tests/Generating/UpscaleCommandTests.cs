using System.Diagnostics;
using System.Text.RegularExpressions;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Generating;

[Trait("group", "media")]
public sealed class UpscaleCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Line(params string[] more) =>
    [
        "upscale", "--model", model.Folder, "--sampler", "ddim", "--steps", "1", "--precision", "fp32", "--output", _folder["results"],
        .. more,
    ];

    [Fact]
    public void Frames_are_enlarged_and_the_sound_stays()
    {
        var film = Inputs.Film(_folder["waves.mp4"]);
        var run = CommandRun.Succeed(Line(
            film, "--frames", "4", "--start", "0.1", "--seed", "2", "--batch", "4", "--format", "frames", "--sheet"));
        var result = Assert.Single(run.Lines);
        Assert.Equal(Path.Combine(_folder["results"], "waves-at-0.1s-upscaled-2"), result);
        Assert.Equal(4, Directory.GetFiles(result, "*.png").Length);
        Assert.Equal(
            (64, 48),
            (PngImage.Read(Path.Combine(result, "frame-0001.png")).Width, PngImage.Read(Path.Combine(result, "frame-0001.png")).Height));
        var (kept, found) = (ClipReader.ReadAudio(film, Inputs.SampleRate, 0.1, 3200), WaveFile.Read(Path.Combine(result, "sound.wav")));
        Assert.Equal(kept.Samples.Length, found.Samples.Length);
        Assert.All(found.Samples.Zip(kept.Samples), pair => Assert.InRange(pair.First - pair.Second, -1e-4, 1e-4));
        Assert.True(File.Exists(Path.Combine(_folder["results"], "sheet.png")));
    }

    [Fact]
    [Trait("group", "slow")]
    public void The_whole_film_is_enlarged_by_default_and_the_same_seed_gives_the_same_bytes()
    {
        var film = Inputs.Film(_folder["mute.mp4"], sound: false);
        var path = Assert.Single(CommandRun.Succeed(Line(film, "--json")).Json().EnumerateArray()).GetProperty("path").GetString()!;
        var (media, first) = (MediaFile.Probe(path), File.ReadAllBytes(path));
        Assert.Equal((64, Inputs.FrameRate, false), (media.Width, media.FrameRate, media.HasAudio));
        Assert.Equal(10, ClipReader.ReadFrames(path, ClipFormat.Native(media)).Count);
        File.Delete(path);
        CommandRun.Succeed(Line(film));
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.NotEqual(first, File.ReadAllBytes(CommandRun.Succeed(Line(film, "--seed", "1")).Lines[^1]));
    }

    /// <summary>The tiny upscaler doubles frames of 8x8.</summary>
    [Theory]
    [InlineData(8, 8, false)]
    [InlineData(96, 54, true)] // wide
    [InlineData(10, 30, true)] // upright
    [InlineData(6, 4, true)] // smaller than its own
    public void Frames_of_any_size_become_a_multiple_of_it_and_what_is_done_is_said(int width, int height, bool said)
    {
        var pixels = new byte[2 * height * width * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % width * 200 / width);
        var film = _folder["film.mkv"];
        ClipWriter.Write(_folder["frames"], new Clip(new Frames(pixels, height, width, 10), new Audio([], 8000)), ClipFileFormat.Frames);
        using (var ffmpeg = Process.Start(
            "ffmpeg",
            ["-v", "error", "-framerate", "10", "-i", _folder["frames/frame-%04d.png"], "-c:v", "ffv1", "-pix_fmt", "bgr0", film])!)
            ffmpeg.WaitForExit();

        var run = CommandRun.Succeed(Line(film, "--format", "frames"));
        var frame = PngImage.Read(Path.Combine(Assert.Single(run.Lines), "frame-0002.png"));
        Assert.Equal((2 * width, 2 * height), (frame.Width, frame.Height));
        Assert.Equal(
            said,
            run.Error.Contains(
                $"{width}x{height}, become {2 * width}x{2 * height}; the upscaler was trained on 8x8",
                StringComparison.Ordinal));
        Assert.Equal(
            width > 16 || height > 16,
            run.Error.Contains(" pieces, which takes about as many times as long", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Frames_that_would_become_too_large_are_refused_before_any_work()
    {
        var film = Inputs.Make(_folder["large.mp4"], "-f", "lavfi", "-i", "color=red:s=4400x2200:r=10:d=0.1", "-c:v", "mpeg4");
        Assert.Contains(
            "4400x2200, would become 8800x4400, but mp4 holds at most 35651584 pixels a frame, such as 8192x4320; make them smaller first",
            CommandRun.Refuse(ExitCode.Failure, Line(film)), StringComparison.Ordinal);
        var wide = Inputs.Make(_folder["wide.mkv"], "-f", "lavfi", "-i", "color=red:s=8200x8:r=10:d=0.1", "-c:v", "ffv1");
        Assert.Contains(
            "would become 16400x16, but a frame has at most 16384 pixels a side",
            CommandRun.Refuse(ExitCode.Failure, Line(wide, "--format", "frames")),
            StringComparison.Ordinal);
        var lasting = Inputs.Make(_folder["long.mp4"], "-f", "lavfi", "-i", "color=red:s=3840x2160:r=1:d=30", "-c:v", "mpeg4");
        Assert.Contains(
            "of which memory holds 21, not 30; enlarge at most 21 frames at a time",
            CommandRun.Refuse(ExitCode.Failure, Line(lasting)),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["results"]));
        // What is asked for beyond the end is not held.
        CommandRun.Succeed(Line(Inputs.Film(_folder["short.mp4"], seconds: 0.1), "--frames", "100000000"));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Frames_larger_than_screens_are_enlarged_in_pieces()
    {
        var film = Inputs.Make(_folder["wide.mkv"], "-f", "lavfi", "-i", "testsrc2=s=2100x8:r=10:d=0.1", "-c:v", "ffv1");
        var media = MediaFile.Probe(Assert.Single(CommandRun.Succeed(Line(film)).Lines));
        Assert.Equal((4200, 16), (media.Width, media.Height));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Damage_is_told_with_its_time()
    {
        var film = Inputs.Make(_folder["film.avi"], "-f", "lavfi", "-i", "testsrc2=s=96x64:r=20:d=0.4", "-c:v", "mpeg4", "-g", "4");
        Inputs.Spoil(film, 0.6, 0.05);
        Assert.Matches(@"film\.avi': the picture is damaged (at|between) 0\.[1-4] s ", CommandRun.Succeed(Line(film)).Error);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0MB")]
    [InlineData("1e3GB")]
    [InlineData("much")]
    public void A_limit_that_is_no_size_is_refused(string size) => Assert.Contains(
        $"--memory is '{size}', expected a size above 0 with its unit, such as 1.5GB or 900MB",
        CommandRun.Refuse(ExitCode.Usage, "upscale", "x.mp4", $"--memory={size}"),
        StringComparison.Ordinal);

    [Fact]
    public void A_limit_below_what_the_upscaler_needs_is_refused_and_one_above_is_kept_to()
    {
        var film = Inputs.Film(_folder["waves.mp4"]);
        Assert.Contains(
            "memory is limited to 0.10 GB, but the upscaler 'upscaler' needs at least 0.3",
            CommandRun.Refuse(ExitCode.Failure, Line(film, "--memory", "100mb")),
            StringComparison.Ordinal);
        var manifest = Assert.Single(CommandRun.Succeed(Line(film, "--frames", "1", "--reuse", "1", "--memory", "1.5 GiB", "--json"))
            .Json()
            .EnumerateArray()).GetProperty("manifest");
        Assert.Equal("16x16", manifest.GetProperty("upscaler").GetProperty("tile").GetString()); // what it was trained on, and no less
    }

    /// <summary>With the embedded upscaler, whose frames are large enough to count.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void Tiles_are_told_once()
    {
        string[] line =
        [
            "upscale", Inputs.Film(_folder["waves.mp4"]), Inputs.Film(_folder["more.mp4"]), "--frames", "1", "--steps", "2", "--output",
            _folder["out"], "--memory",
        ];
        var least = Regex.Match(CommandRun.Of([.. line, "100MB"]).Error, @"needs at least ([\d.]+ GB)").Groups[1].Value;
        var run = CommandRun.Succeed([.. line, least]);
        Assert.Contains(
            "frames were enlarged in tiles of",
            Assert.Single(run.ErrorLines, text => text.Contains("tiles", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_input_among_several_is_told_and_the_others_are_done()
    {
        var run = CommandRun.Of(Line(Inputs.Noise(_folder["rain.wav"]), Inputs.Film(_folder["a.mp4"]), "--frames", "1", "--json"));
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.EndsWith(
            "a-upscaled-0.mp4",
            Assert.Single(run.Json().EnumerateArray()).GetProperty("path").GetString(),
            StringComparison.Ordinal);
        Assert.Contains("has no moving picture", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_an_upscaler_is_said()
    {
        using var other = new TemporaryFolder();
        new ModelDirectory(other.Path, ModelDirectory.Open(model.Folder).Description).Save();
        Assert.Contains(
            "has no upscaler; name one",
            CommandRun.Refuse(ExitCode.Failure, "upscale", Inputs.Film(_folder["a.mp4"]), "--model", other.Path),
            StringComparison.Ordinal);
    }
}
