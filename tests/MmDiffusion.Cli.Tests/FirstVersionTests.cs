using System.Globalization;
using System.Text.Json.Nodes;
using MmDiffusion.Data.Packing;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Primitives;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests;

/// <summary>What version 0.1.0 wrote is still good.</summary>
[Trait("group", "media")]
public sealed class FirstVersionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_resumes_as_it_would_have_gone_on()
    {
        var (run, packed, configuration) = (_folder.CopyTo("run"), _folder.CopyTo("packed"), _folder.CopyTo("training.json"));
        CommandRun.Succeed(
            "train", "--config", configuration, "--data", packed, "--held-out", "synth:2@5", "--steps", "3", "--checkpoint-every", "1",
            "--held-out-clips", "2",
            "--sheet-clips", "0", "--output", run, "--resume", "--device", "cpu");
        AssertAlike(FirstVersion.Read("losses-to-step-3.csv"), File.ReadAllText(Path.Combine(run, "losses.csv")));
        AssertAlike(FirstVersion.Read("held-out-to-step-3.csv"), File.ReadAllText(Path.Combine(run, "held-out.csv")));
        Assert.Contains(3L, new TrainingFolder(run).Checkpoints());
    }

    [Fact]
    public void A_model_and_the_weights_of_a_checkpoint_are_read()
    {
        var model = Path.Combine(_folder.CopyTo("run"), "model");
        CommandRun.Succeed(
            "sample", "--model", model, "--steps", "2", "--upscaler", "none", "--format", "frames", "--output", _folder["out"], "--device",
            "cpu");
        Assert.Contains(
            "193,348",
            CommandRun.Succeed("checkpoint", "info", Path.Combine(model, "model.safetensors")).Output.Replace(
                "193348",
                "193,348",
                StringComparison.Ordinal),
            StringComparison.Ordinal);
        CommandRun.Succeed("evaluate", "curve", Path.Combine(_folder["run"]), "--output", _folder["curve"]);
    }

    [Fact]
    public void A_packed_set_is_whole_and_read()
    {
        var packed = _folder.CopyTo("packed");
        CommandRun.Succeed("data", "pack", packed, "--verify");
        using var clips = new PackedClipSource(packed, new ClipShape
        {
            Frames = 4,
            Height = 8,
            Width = 8,
            FrameRate = 10,
            AudioLength = 512,
            SampleRate = 1280,
        });
        Assert.Equal(10, clips.Count);
    }

    [Fact]
    public void What_an_index_says_of_files_is_what_a_new_one_says()
    {
        var clips = _folder.CopyTo("clips");
        foreach (var line in File.ReadLines(Path.Combine(clips, ".mmdiff-index.jsonl")))
        {
            var facts = JsonNode.Parse(line)!;
            File.SetLastWriteTimeUtc(Path.Combine(clips, (string)facts["file"]!), new DateTime((long)facts["changed"]!, DateTimeKind.Utc));
        }
        var doctor = CommandRun.Of("data", "doctor", clips);
        var old = CommandRun.Succeed("data", "index", clips, "--json").Json();
        foreach (var kept in Directory.GetFiles(clips, ".mmdiff-*")) File.Delete(kept);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(CommandRun.Succeed("data", "index", clips, "--json").Output),
            JsonNode.Parse(old.GetRawText())));
        Assert.Equal(CommandRun.Of("data", "doctor", clips).Output, doctor.Output);
    }

    [Fact]
    public void A_clip_that_was_made_is_not_made_again()
    {
        var (run, made) = (_folder.CopyTo("run"), _folder.CopyTo("sample"));
        var before = File.ReadAllBytes(Path.Combine(made, "clip-3.mp4"));
        CommandRun.Succeed(
            "sample", "--model", Path.Combine(run, "model"), "--seed", "3", "--steps", "2", "--precision", "fp32", "--device", "cpu",
            "--upscaler", "none", "--resume", "--output", made);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(made, "clip-3.mp4")));
    }

    [Fact]
    public void Configuration_protocol_and_loss_are_read()
    {
        Assert.Equal(2, TrainingConfiguration.Read(_folder.CopyTo("training.json")).BatchSize);
        Assert.Equal(
            ("small", 20),
            (EvaluationProtocol.Read(_folder.CopyTo("protocol.json")) is var protocol ? protocol.Name : "", protocol.Resamples));
        AssertHolds(JsonNode.Parse(FirstVersion.Read("loss.json")), JsonNode.Parse(LossReport.Read(_folder.CopyTo("loss.json")).ToJson()));
    }

    [Fact]
    public void A_report_is_read_whole_and_compares()
    {
        var report = _folder.CopyTo("report");
        AssertHolds(JsonNode.Parse(FirstVersion.Read("report/report.json")), JsonNode.Parse(EvaluationReport.Read(report).ToJson()));
        CommandRun.Succeed("evaluate", "compare", report, report, "--output", _folder["out"]);
    }

    [Fact]
    public void A_study_is_reported_and_exported_as_it_was()
    {
        var database = $"sqlite:{_folder.CopyTo("studies.db")}";
        AssertHolds(
            JsonNode.Parse(FirstVersion.Read("study-report.json")),
            JsonNode.Parse(CommandRun.Succeed("study", "report", "Mos", "--json", "--database", database).Output));
        Assert.Equal(
            FirstVersion.Read("study-export.csv").ReplaceLineEndings(),
            CommandRun.Succeed("study", "export", "Mos", "--database", database).Output.ReplaceLineEndings());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>All that was there is there, with the same values; there may be more.</summary>
    private static void AssertHolds(JsonNode? old, JsonNode? now, string path = "$")
    {
        switch (old)
        {
            case JsonObject properties:
                foreach (var (name, value) in properties) AssertHolds(value, now?[name], $"{path}.{name}");
                break;
            case JsonArray elements:
                Assert.Equal(elements.Count, now?.AsArray().Count);
                for (var i = 0; i < elements.Count; i++) AssertHolds(elements[i], now![i], $"{path}[{i}]");
                break;
            default:
                Assert.True(
                    JsonNode.DeepEquals(old, now),
                    $"{path} was {old?.ToJsonString() ?? "null"} and is {now?.ToJsonString() ?? "null"}");
                break;
        }
    }

    /// <summary>The same table up to rounding, which differs between processors; there may be more columns.</summary>
    private static void AssertAlike(string old, string now)
    {
        string[][] expected = Table(old), found = Table(now);
        Assert.Equal(expected.Length, found.Length);
        for (var column = 0; column < expected[0].Length; column++)
        {
            var place = Array.IndexOf(found[0], expected[0][column]);
            for (var row = 1; row < expected.Length; row++)
                Assert.Equal(
                    Number(expected[row][column]),
                    Number(found[row][place]),
                    2e-3 * Math.Max(1, Math.Abs(Number(expected[row][column]))));
        }

        static string[][] Table(string text) =>
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')),
        ];

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
