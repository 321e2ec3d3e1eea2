using MmDiffusion.Data.Scenes;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Evaluating;

[Trait("group", "media")]
public sealed class EvaluateCommandTests : IClassFixture<TinyModel>, IClassFixture<EvaluateCommandTests.DrawnScenes>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TinyModel _model;

    public EvaluateCommandTests(TinyModel model, DrawnScenes scenes)
    {
        _model = model;
        foreach (var name in new[] { "real", "generated" })
        {
            Directory.CreateDirectory(_folder[name]);
            foreach (var file in Directory.EnumerateFiles(scenes.Folder[name]))
                File.Copy(file, Path.Combine(_folder[name], Path.GetFileName(file)));
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Sixteen scenes of either set, as files that each test has a copy of.</summary>
    public sealed class DrawnScenes : IDisposable
    {
        public DrawnScenes()
        {
            Draw(Folder["real"], 1);
            Draw(Folder["generated"], 2);
        }

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();

        internal static void Draw(string folder, ulong seed, ClipFileFormat format = ClipFileFormat.Mp4)
        {
            using var source = new SyntheticClipSource(16, seed, new ClipShape { Height = 16, Width = 16 });
            for (var i = 0; i < 16; i++)
                SceneFiles.Write(SyntheticScenes.Create(source.SeedOf(i), source.Shape), folder, $"clip-{i:D2}", format);
        }
    }

    private string[] Line(string generated, string output, params string[] more) =>
        [
            "evaluate", "--real", _folder["real"], "--generated", _folder[generated], "--cache", _folder["cache"], "--output",
            _folder[output], .. more,
        ];

    /// <summary>As 'sample --format frames' writes them: beside each folder of frames is a JSON file.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void Clips_in_folders_of_frames_are_measured_like_those_in_files()
    {
        DrawnScenes.Draw(_folder["frames"], 2, ClipFileFormat.Frames);
        var json = CommandRun.Succeed(Line("frames", "a", "--json")).Json();
        Assert.Equal(16, json.GetProperty("generated").GetProperty("clips").GetInt32());
        Assert.Equal(0, json.GetProperty("reading_notices").GetArrayLength());
        var alignment = CommandRun.Succeed("evaluate", "alignment", _folder["frames"], "--json").Json();
        Assert.Equal(16, alignment.GetProperty("alignment").GetProperty("generated").GetProperty("clips").GetInt32());
    }

    [Fact]
    public void What_alignment_passes_over_and_how_it_hears_clips_is_said()
    {
        foreach (var name in new[] { "a", "b" })
        {
            TestVideos.Make(
                _folder[$"right/{name}.mkv"], "-f", "lavfi", "-i", "testsrc2=s=32x32:r=10:d=2", "-f", "lavfi", "-i",
                "aevalsrc='0|0.5*sin(3000*t)*gt(mod(t,1),0.5)':s=16000:d=2", "-c:v", "mpeg4", "-c:a", "pcm_s16le");
        }
        File.WriteAllText(_folder["right/notes.txt"], "");
        var error = CommandRun.Succeed("evaluate", "alignment", _folder["right"]).Error;
        Assert.Contains("passed over 1 entry of", error, StringComparison.Ordinal);
        foreach (var name in new[] { "a", "b" })
            Assert.Contains($"{name}.mkv': the first of its 2 channels is silent there", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_and_a_page_and_json_say_the_same()
    {
        var table = CommandRun.Succeed(Line("generated", "a"));
        Assert.Equal(Path.Combine(_folder["a"], "report.html"), table.Lines[^1]);
        Assert.Contains("reading generated clips: 16/16 clips", table.Error, StringComparison.Ordinal);
        var json = CommandRun.Succeed(Line("generated", "b", "--json", "--label", "mine")).Json();
        Assert.Equal("mine", json.GetProperty("label").GetString());
        foreach (var set in new[] { "real", "generated" })
        {
            var alignment = json.GetProperty("alignment").GetProperty(set);
            var (score, interval) = (alignment.GetProperty("score").GetDouble(), alignment.GetProperty("interval"));
            Assert.InRange(score, interval[0].GetDouble(), interval[1].GetDouble());
            Assert.Contains(Evaluation.Reporting.ReportNumber.Of(score), table.Output, StringComparison.Ordinal);
        }
        var fvd = Evaluation.Reporting.ReportNumber.Of(json.GetProperty("fvd").GetProperty("value").GetDouble());
        Assert.Contains(fvd, table.Output, StringComparison.Ordinal);
        Assert.Contains(fvd, File.ReadAllText(Path.Combine(_folder["b"], "report.html")), StringComparison.Ordinal);
        Assert.Contains("\"label\": \"mine\"", File.ReadAllText(Path.Combine(_folder["b"], "report.json")), StringComparison.Ordinal);

        var comparison = CommandRun
            .Succeed("evaluate", "compare", _folder["a"], _folder["b"], "--output", _folder["both"], "--json")
            .Json();
        Assert.Equal(["generated", "mine"], comparison.EnumerateArray().Select(entry => entry.GetProperty("label").GetString()));
        Assert.Equal(comparison[0].GetProperty("fvd").GetRawText(), comparison[1].GetProperty("fvd").GetRawText());
        Assert.True(File.Exists(Path.Combine(_folder["both"], "comparison.html")));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Reports_of_other_protocols_are_not_compared()
    {
        CommandRun.Succeed(Line("generated", "a"));
        CommandRun.Succeed(Line(
            "generated",
            "c",
            "--protocol",
            Protocol(
                """{ "name": "own", "video_extractor": "embedded-video", "audio_extractor": "embedded-audio", """
                + """ "frames": 8, "resamples": 20 }""")));
        Assert.Contains(
            "does not compare with",
            CommandRun.Refuse(ExitCode.Failure, "evaluate", "compare", _folder["a"], _folder["c"], "--output", _folder["x"]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    /// <summary>Also where the clip was measured before.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void That_channels_are_mixed_is_said()
    {
        var clip = Path.Combine(_folder["real"], "clip-03.mp4");
        File.Move(clip, _folder["before.mp4"]);
        Inputs.Make(clip, "-i", _folder["before.mp4"], "-c:v", "copy", "-af", "pan=stereo|c1=c0", "-c:a", "aac");
        for (var i = 0; i < 2; i++)
        {
            var run = CommandRun.Succeed(Line("generated", $"{i}", "--json"));
            var notice = Assert.Single(run.Json().GetProperty("reading_notices").EnumerateArray()).GetString();
            Assert.Equal(
                $"the real clip '{clip}': the first of its 2 channels is silent there, so that the mean of those that are not is heard",
                notice);
            Assert.Contains(notice!, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_wrong_is_said_in_a_sentence_and_nothing_is_written()
    {
        Assert.Contains(
            "'--generated' is required",
            CommandRun.Refuse(ExitCode.Usage, "evaluate", "--real", _folder["real"]),
            StringComparison.Ordinal);
        Assert.Contains("does not exist", CommandRun.Refuse(ExitCode.Failure, Line("missing", "out")), StringComparison.Ordinal);
        Assert.Contains(
            "there is no protocol 'papers'",
            CommandRun.Refuse(ExitCode.Failure, Line("generated", "out", "--protocol", "papers")),
            StringComparison.Ordinal);
        Assert.Contains(
            "2048",
            CommandRun.Refuse(ExitCode.Failure, Line("generated", "out", "--protocol", "mm-diffusion-paper")),
            StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder["generated"], "clip-03.mp4"));
        Assert.Contains(
            "has 15 clips, expected at least 16",
            CommandRun.Refuse(ExitCode.Failure, Line("generated", "out")),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void A_missing_folder_for_temporary_files_is_said_before_any_work()
    {
        var start = Processes.BuiltProgram.StartInfo(Processes.BuiltProgram.Folder, Line("generated", "out"));
        start.Environment["TMPDIR"] = _folder["nowhere"];
        var (exitCode, _, error) = Processes.BuiltProgram.Run(start);
        Assert.Equal(ExitCode.Failure, exitCode);
        var expected = $"cannot write to the folder for temporary files '{_folder["nowhere"]}': it does not exist; "
            + "make it, or set TMPDIR to another folder";
        Assert.Equal($"mmdiff: {expected}", error.Trim());
    }

    [Fact]
    [Trait("group", "slow")]
    public void The_loss_of_the_model_goes_into_the_report()
    {
        string[] line = ["evaluate", "loss", "--model", _model.Folder, "--data", "synth:50@3", "--held-out", "synth:9@2", "--clips", "4"];
        var loss = CommandRun.Succeed([.. line, "--training-seed", "7", "--json"]);
        var (ratio, interval) = (loss.Json().GetProperty("ratio").GetDouble(), loss.Json().GetProperty("ratio_interval"));
        Assert.InRange(ratio, interval[0].GetDouble(), interval[1].GetDouble());
        Assert.NotEqual(loss.Output, CommandRun.Succeed([.. line, "--json"]).Output); // Others of the 50.

        File.WriteAllText(_folder["loss.json"], loss.Output);
        var report = CommandRun.Succeed(Line("generated", "a", "--loss", _folder["loss.json"], "--json")).Json();
        Assert.Equal(ratio, report.GetProperty("loss").GetProperty("ratio").GetDouble());
        Assert.Contains("Loss by timestep", File.ReadAllText(Path.Combine(_folder["a"], "report.html")), StringComparison.Ordinal);
        Assert.Contains(
            "is no loss of a model",
            CommandRun.Refuse(ExitCode.Failure, Line("generated", "b", "--loss", Path.Combine(_folder["a"], "report.json"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_below_it_need_none_of_its_options()
    {
        // Two clips are enough.
        foreach (var file in Directory.GetFiles(_folder["generated"]).Where(file =>
            Path.GetFileName(file)[..7] is not ("clip-00" or "clip-01")))
            File.Delete(file);
        Assert.Contains("generated", CommandRun.Succeed("evaluate", "alignment", _folder["generated"]).Output, StringComparison.Ordinal);
    }

    private string Protocol(string settings)
    {
        File.WriteAllText(_folder["own.json"], settings);
        return _folder["own.json"];
    }
}
