using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Generating;

/// <summary><c>video-to-audio</c> and <c>audio-to-video</c>.</summary>
[Trait("group", "media")]
public sealed class GivenClipCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Results => _folder["results"];

    private string[] Line(string command, params string[] more) =>
        [
            command, "--model", model.Folder, "--steps", "2", "--sampler", "ddim", "--upscaler-sampler", "ddim", "--upscaler-steps", "1",
            "--precision", "fp32", "--output", Results, .. more,
        ];

    private string Result(string name) => Path.Combine(Results, name);

    private static Frames Pictures(string folder)
    {
        var frames = Directory.EnumerateFiles(folder, "*.png").Order(StringComparer.Ordinal).Select(PngImage.Read).ToList();
        return new Frames([.. frames.SelectMany(frame => frame.Pixels)], frames[0].Height, frames[0].Width, 1);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Several_sounds_are_made_for_a_picture_that_stays_as_it_is()
    {
        var film = Inputs.Film(_folder["waves.mp4"]);
        var run = CommandRun.Succeed(Line(
            "video-to-audio", film, "--count", "2", "--seed", "7", "--start", "0.1", "--format", "frames", "--guidance", "2", "--sheet"));
        Assert.Equal([Result("waves-at-0.1s-7"), Result("waves-at-0.1s-8")], run.Lines);
        var kept = ClipReader.ReadFrames(film, ClipFormat.Native(MediaFile.Probe(film)), 0.1, 8);
        Assert.All(run.Lines, folder => Assert.Equal(kept.Pixels, Pictures(folder).Pixels));
        var sounds = run.Lines.Select(folder => WaveFile.Read(Path.Combine(folder, "sound.wav"))).ToList();
        Assert.All(sounds, sound => Assert.Equal((3200, 8000), (sound.Samples.Length, sound.Rate)));
        Assert.NotEqual(sounds[0].Samples, sounds[1].Samples);
        Assert.True(File.Exists(Result("sheet.png")));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Several_pictures_are_made_for_a_sound_that_stays_as_it_is()
    {
        var sound = Inputs.Noise(_folder["rain.wav"]);
        var run = CommandRun.Succeed(Line("audio-to-video", sound, "--count", "2", "--format", "frames", "--preview", "1"));
        Assert.Equal([Result("rain-0"), Result("rain-1")], run.Lines);
        var kept = ClipReader.ReadAudio(sound, Inputs.SampleRate, 0, (int)(0.4 * Inputs.SampleRate));
        Assert.All(run.Lines, folder =>
        {
            var found = WaveFile.Read(Path.Combine(folder, "sound.wav"));
            Assert.Equal((kept.Rate, kept.Samples.Length), (found.Rate, found.Samples.Length));
            Assert.All(found.Samples.Zip(kept.Samples), pair => Assert.InRange(pair.First - pair.Second, -1e-4, 1e-4));
            Assert.Equal((4, 16), (Pictures(folder).Count, Pictures(folder).Width));
        });
        Assert.NotEqual(Pictures(run.Lines[0]).Pixels, Pictures(run.Lines[1]).Pixels);
        Assert.True(File.Exists(Result("preview.png")));
    }

    [Theory]
    [InlineData("video-to-audio", "video", 24, 20.0)]
    [InlineData("audio-to-video", "audio", 16, 10.0)]
    public void The_film_that_is_made_is_as_long_as_the_model_s_and_its_json_tells_what_was_given(
        string command,
        string modality,
        int height,
        double rate)
    {
        var film = Inputs.Film(_folder["waves.mp4"]);
        var run = CommandRun.Succeed(Line(command, film, "--json"));
        var clip = Assert.Single(run.Json().EnumerateArray());
        var given = clip.GetProperty("manifest").GetProperty("given");
        Assert.Equal(
            (modality, "waves.mp4", 3.0),
            (given.GetProperty("modality").GetString(), given.GetProperty("file").GetString(), given.GetProperty("guidance").GetDouble()));
        var media = MediaFile.Probe(clip.GetProperty("path").GetString()!);
        Assert.Equal((height, rate, true), (media.Height, media.FrameRate, media.HasAudio));
        Assert.InRange(media.Duration, 0.399, 0.5);
        Assert.Equal((int)(0.4 * rate), ClipReader.ReadFrames(media.Path, ClipFormat.Native(media)).Count);
    }

    /// <summary>The sound is on the right of the second stream; the first is silent.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void A_sound_keeps_all_its_channels_and_what_the_model_hears_of_it_is_said()
    {
        var film = _folder["film.mp4"];
        using (var ffmpeg = System.Diagnostics.Process.Start(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc=s=32x24:r=20:d=1", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono:d=1", "-f",
                "lavfi", "-i", "aevalsrc='0|0.5*sin(3000*t)':s=16000:d=1",
                "-map", "0", "-map", "1", "-map", "2", "-c:a", "aac", film,
            ])!) ffmpeg.WaitForExit();

        var run = CommandRun.Succeed(Line("audio-to-video", film, "--upscaler", "none", "--audio-stream", "1"));
        Assert.Contains(
            $"'{film}': the first of its 2 channels is silent there, so that the mean of those that are not is heard",
            run.Error,
            StringComparison.Ordinal);
        var media = MediaFile.Probe(run.Lines[^1]);
        Assert.Equal((2, 16_000), (media.Channels, media.SampleRate));
        Assert.True(ClipReader.ReadAudio(media, 16_000) is { IsMix: true } sound && sound.Samples.Max() > 0.4f);
        Assert.DoesNotContain(
            "silent there",
            CommandRun.Succeed(Line("audio-to-video", film, "--upscaler", "none")).Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "has no audio stream 2: it has 2",
            CommandRun.Refuse(ExitCode.Failure, Line("audio-to-video", film, "--audio-stream", "2")),
            StringComparison.Ordinal);
        Assert.Contains(
            "--audio-stream",
            CommandRun.Refuse(ExitCode.Usage, Line("audio-to-video", film, "--audio-stream", "-1")),
            StringComparison.Ordinal);
    }

    /// <summary>Digests of a file's packets of video.</summary>
    private static string[] Packets(string path)
    {
        var start = new System.Diagnostics.ProcessStartInfo(
            "ffprobe",
            ["-v", "error", "-select_streams", "v", "-show_entries", "packet=data_hash", "-show_data_hash", "md5", "-of", "csv=p=0", path])
        {
            RedirectStandardOutput = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        return process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void A_picture_s_packets_are_copied()
    {
        var film = Inputs.Make(
            _folder["film.mkv"], "-f", "lavfi", "-i", "testsrc2=s=32x24:r=20:d=1", "-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p");
        Assert.Equal(Packets(film)[..8], Packets(CommandRun.Succeed(Line("video-to-audio", film)).Lines[^1]));
    }

    [Theory]
    [InlineData("video-to-audio", "picture")]
    [InlineData("audio-to-video", "sound")]
    public void Damage_of_what_is_given_is_told_with_its_time(string command, string part)
    {
        string[] only = part == "picture" ? ["-an"] : ["-vn"];
        var film = Inputs.Make(
            _folder["film.avi"],
            [
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=20:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6", .. only, "-c:v", "mpeg4", "-g", "4",
                "-c:a", "ac3",
            ]);
        Inputs.Spoil(film, 0.4, 0.05);
        var error = CommandRun.Succeed(Line(command, film, "--upscaler", "none")).Error;
        Assert.Matches(
            $@"'{System.Text.RegularExpressions.Regex.Escape(film)}': the {part} is damaged (at|between) 0\.[0-4] s .*; "
            + "what ffmpeg makes up for it is used",
            error);
    }

    [Fact]
    public void What_a_format_does_not_keep_of_a_sound_is_said()
    {
        var sound = Inputs.Noise(_folder["rain.wav"]);
        Assert.Contains(
            $"'{sound}': webm gets its sound encoded as Opus",
            CommandRun.Succeed(Line("audio-to-video", sound, "--upscaler", "none", "--format", "webm")).Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "gets",
            CommandRun.Succeed(Line("audio-to-video", sound, "--upscaler", "none")).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_upscaler_pictures_for_a_sound_are_small()
    {
        var run = CommandRun.Succeed(Line("audio-to-video", Inputs.Noise(_folder["rain.wav"]), "--upscaler", "none"));
        Assert.Equal(8, MediaFile.Probe(run.Lines[^1]).Width);
    }

    [Theory]
    [InlineData("video-to-audio")]
    [InlineData("audio-to-video", Traits = ["group", "slow"])]
    public void A_bad_input_among_several_is_told_and_the_others_are_done(string command)
    {
        File.WriteAllText(_folder["b.mp4"], "no film at all");
        var run = CommandRun.Of(Line(
            command, Inputs.Film(_folder["a.mp4"]), _folder["b.mp4"], _folder["missing.mp4"], Inputs.Film(_folder["c.mp4"])));
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Equal([Result("a-0.mp4"), Result("c-0.mp4")], run.Lines);
        Assert.Single(run.ErrorLines, line => line.Contains("'" + _folder["b.mp4"] + "'", StringComparison.Ordinal));
        Assert.Single(run.ErrorLines, line => line.Contains("'" + _folder["missing.mp4"] + "'", StringComparison.Ordinal));
        Assert.Equal("mmdiff: 2 of 4 inputs failed, see above", run.ErrorLines[^1]);
        Assert.Equal(4, Directory.GetFileSystemEntries(Results).Length);
    }

    [Fact]
    public void No_upscaler_is_loaded_for_a_picture_that_stays_as_it_is()
    {
        using var other = new TemporaryFolder();
        Directory.CreateDirectory(other["upscaler"]);
        foreach (var file in new[] { "config.json", "model.safetensors", "upscaler/config.json" })
            File.Copy(Path.Combine(model.Folder, file), other[file]);
        string[] line = [Inputs.Film(_folder["a.mp4"]), "--model", other.Path, "--sampler", "ddim", "--steps", "1", "--output", Results];
        Assert.Contains(
            "upscaler' has no model.safetensors",
            CommandRun.Refuse(ExitCode.Failure, ["audio-to-video", .. line]),
            StringComparison.Ordinal);
        CommandRun.Succeed(["video-to-audio", .. line]);
    }

    [Fact]
    public void A_folder_stands_for_the_media_files_in_it()
    {
        var scenes = Directory.CreateDirectory(_folder["scenes"]).FullName;
        File.WriteAllText(Path.Combine(scenes, "notes.txt"), "");
        Inputs.Film(Path.Combine(scenes, "b.mp4"));
        Inputs.Film(Path.Combine(scenes, "a.mp4"));
        Assert.Equal([Result("a-0.mp4"), Result("b-0.mp4")], CommandRun.Succeed(Line("video-to-audio", scenes)).Lines);
    }

    [Fact]
    public void Silence_is_a_sound_and_a_film_without_sound_is_enough_to_make_one()
    {
        CommandRun.Succeed(Line("audio-to-video", Inputs.Film(_folder["silent.mp4"], loudness: 0), "--upscaler", "none"));
        CommandRun.Succeed(Line("video-to-audio", Inputs.Film(_folder["mute.mp4"], sound: false)));
    }

    [Theory]
    [InlineData("gif", "x-0.wav")]
    [InlineData("gif", "x-0.gif", Traits = ["group", "slow"])]
    [InlineData("mp4", "x-0.mp4", Traits = ["group", "slow"])]
    [InlineData("mp4", "x-0.json", Traits = ["group", "slow"])]
    [InlineData("mp4", "sheet.png", Traits = ["group", "slow"])]
    [InlineData("mp4", "preview.png", Traits = ["group", "slow"])]
    [InlineData("frames", "x-0/sound.wav", Traits = ["group", "slow"])]
    public void An_input_is_kept_from_every_file_that_a_run_writes_however_it_is_reached(string format, string second)
    {
        var first = Inputs.Noise(_folder["in/x.wav"]);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder["in/" + second])!);
        File.Copy(Inputs.Noise(_folder["other.wav"]), _folder["in/" + second]);
        var before = File.ReadAllBytes(_folder["in/" + second]);
        Directory.CreateSymbolicLink(Results, _folder["in"]);
        File.CreateSymbolicLink(_folder["link" + Path.GetExtension(second)], _folder["in/" + second]);
        foreach (var input in new[] { _folder["in/" + second], _folder["link" + Path.GetExtension(second)] })
        {
            var run = CommandRun.Of(Line("audio-to-video", first, input, "--format", format, "--sheet", "--preview", "1"));
            Assert.Equal(ExitCode.Failure, run.ExitCode);
            Assert.Contains($"the input '{input}'", run.Error, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(_folder["in/" + second]));
            Assert.True(File.Exists(first));
        }
    }

    [Fact]
    public void Files_of_the_model_are_not_replaced_either()
    {
        using var other = new TemporaryFolder();
        foreach (var file in new[] { "config.json", "model.safetensors" }) File.Copy(Path.Combine(model.Folder, file), other[file]);
        File.Move(other["config.json"], other["x-0.json"]);
        File.CreateSymbolicLink(other["config.json"], other["x-0.json"]);
        var before = File.ReadAllText(other["x-0.json"]);
        var sentence = CommandRun.Refuse(
            ExitCode.Failure, "video-to-audio", Inputs.Film(_folder["x.mp4"]), "--model", other.Path, "--sampler", "ddim", "--steps", "1",
            "--output", other.Path);
        Assert.Contains("would replace the input", sentence, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(other["x-0.json"]));
    }

    [Fact]
    public void What_is_in_the_way_of_a_result_is_said_before_any_work()
    {
        var film = Inputs.Film(_folder["x.mp4"]);
        Directory.CreateDirectory(Result("x-0.json"));
        var sentence = CommandRun.Refuse(ExitCode.Failure, Line("video-to-audio", film));
        Assert.Contains("a folder of that name is in the way", sentence, StringComparison.Ordinal);
        File.WriteAllText(Result("x-1"), "a note of mine");
        Assert.Contains(
            "a file of that name exists",
            CommandRun.Refuse(ExitCode.Failure, Line("video-to-audio", film, "--seed", "1", "--format", "frames")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("video-to-audio", "--steps", "1001")]
    [InlineData("audio-to-video", "--upscaler-steps", "5000")]
    [InlineData("audio-to-video", "--reuse", "1001")]
    public void A_setting_that_cannot_be_is_said_once_before_anything_is_decoded(string command, string option, string value)
    {
        File.WriteAllText(_folder["a.mp4"], "not decoded");
        File.WriteAllText(_folder["b.mp4"], "not decoded");
        string[] line =
        [
            command, "--model", model.Folder, "--sampler", "ddim", "--upscaler-sampler", "ddim", "--output", Results, _folder["a.mp4"],
            _folder["b.mp4"], option, value,
        ];
        Assert.Contains(value, CommandRun.Refuse(ExitCode.Usage, line), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Results));
    }

    [Fact]
    public void A_name_that_begins_with_an_at_sign_is_a_file_and_the_longest_names_have_results()
    {
        Directory.CreateDirectory(_folder["in"]);
        Inputs.Film(_folder["in/@user.mp4"]);
        var name = new string('ü', 125);
        Inputs.Film(_folder[$"in/{name}.mp4"]);
        Assert.Equal(
            [Result("@user-0.mp4"), Result(new string('ü', 100) + "-0.mp4")],
            CommandRun.Succeed(Line("video-to-audio", _folder["in/@user.mp4"], _folder[$"in/{name}.mp4"])).Lines);
        Assert.Contains(
            "'@nowhere.mp4' does not exist",
            CommandRun.Refuse(ExitCode.Failure, Line("video-to-audio", "@nowhere.mp4")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_a_line_break_stays_one_line_of_results_and_of_messages()
    {
        Inputs.Film(_folder["in/two\nlines.mp4"]);
        File.WriteAllText(_folder["in/bad\nname.mp4"], "no film");
        var run = CommandRun.Of(Line("video-to-audio", _folder["in"]));
        Assert.Equal([Result(@"two\nlines-0.mp4")], run.Lines);
        Assert.All(run.ErrorLines, line => Assert.StartsWith("mmdiff: ", line, StringComparison.Ordinal));
        Assert.Contains(run.ErrorLines, line => line.Contains(@"bad\nname.mp4'", StringComparison.Ordinal));
    }

    [Fact]
    public void An_input_is_never_replaced()
    {
        var film = Inputs.Film(Result("waves-0.mp4"));
        var before = File.ReadAllBytes(film);
        File.Copy(film, _folder["waves.mp4"]);
        var run = CommandRun.Of(Line("video-to-audio", _folder["waves.mp4"], film));
        Assert.Equal((ExitCode.Failure, Result("waves-0-0.mp4")), (run.ExitCode, Assert.Single(run.Lines)));
        Assert.Contains("would replace the input", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(film));
    }
}
