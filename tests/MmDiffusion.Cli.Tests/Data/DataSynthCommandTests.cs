using System.Text.Json;
using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Tests.Data;

[Trait("group", "media")]
public sealed class DataSynthCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Line(params string[] more) => ["data", "synth", "--size", "32", "--output", _folder["clips"], .. more];

    [Fact]
    public void Each_scene_is_a_clip_with_the_truth_beside_it()
    {
        var run = CommandRun.Succeed(Line("--count", "3", "--seed", "4", "--frames", "8", "--frame-rate", "20", "--sample-rate", "8000"));
        using var source = new SyntheticClipSource(3, 4, new ClipShape
        {
            Height = 32,
            Width = 32,
            Frames = 8,
            FrameRate = 20,
            SampleRate = 8000,
            AudioLength = 3200,
        });
        Assert.Equal(3, run.Lines.Count);
        foreach (var (path, i) in run.Lines.Select((path, i) => (path, i)))
        {
            var (media, scene) = (MediaFile.Probe(path), SyntheticScenes.Create(source.SeedOf(i), source.Shape));
            Assert.Equal((32, 32, 20.0, true), (media.Width, media.Height, media.FrameRate, media.HasAudio));
            Assert.Equal(8, ClipReader.ReadFrames(path, ClipFormat.Native(media)).Count);
            using var truth = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json")));
            AssertTruth(scene, truth.RootElement);
        }
        Assert.Equal(6, Directory.GetFiles(_folder["clips"]).Length);
    }

    [Fact]
    public void What_a_training_met_first_is_drawn_in_its_order()
    {
        var lines = CommandRun.Succeed(Line("--count", "2", "--seed", "3", "--met-by", "7", "--of", "50")).Lines;
        var order = new ClipOrder(50, 7);
        Assert.Equal(
            [$"{order.At(0).Index:D6}", $"{order.At(1).Index:D6}"],
            lines.Select(path => Path.GetFileNameWithoutExtension(path)[^6..]));
        using var source = new SyntheticClipSource(50, 3, new ClipShape { Height = 32, Width = 32 });
        using var truth = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(lines[1], ".json")));
        AssertTruth(SyntheticScenes.Create(source.SeedOf(order.At(1).Index), source.Shape), truth.RootElement);
        Assert.Contains("together", CommandRun.Refuse(ExitCode.Failure, Line("--met-by", "7")), StringComparison.Ordinal);
        Assert.Contains(
            "--count is 2, expected at most the 1 of --of",
            CommandRun.Refuse(ExitCode.Failure, Line("--count", "2", "--met-by", "7", "--of", "1")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lists_what_was_drawn_and_nothing_else()
    {
        var entries = CommandRun.Succeed(Line("--count", "2", "--kind", "rain", "--json", "--format", "frames"))
            .Json()
            .EnumerateArray()
            .ToList();
        using var source = new SyntheticClipSource(2, 0, new ClipShape { Height = 32, Width = 32 });
        Assert.Equal(2, entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            AssertTruth(SyntheticScenes.Create(source.SeedOf(i), source.Shape, SceneKind.Rain), entries[i]);
            Assert.Equal(16, Directory.GetFiles(entries[i].GetProperty("path").GetString()!, "*.png").Length);
        }
    }

    [Fact]
    public void The_same_command_gives_the_same_files()
    {
        var path = Assert.Single(CommandRun.Succeed(Line("--sheet")).Lines);
        var (clip, sheet) = (File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(_folder["clips"], "sheet.png")));
        CommandRun.Succeed(Line("--sheet"));
        Assert.Equal(clip, File.ReadAllBytes(path));
        Assert.Equal(sheet, File.ReadAllBytes(Path.Combine(_folder["clips"], "sheet.png")));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "'volcano'", "--kind", "volcano")]
    [InlineData(ExitCode.Usage, "--count is 0", "--count", "0")]
    [InlineData(ExitCode.Usage, "--frame-rate is 0", "--frame-rate", "0")]
    [InlineData(ExitCode.Failure, "height is 5000", "--size", "5000")]
    public void A_bad_value_is_said(int exitCode, string sentence, params string[] more)
    {
        Assert.Contains(
            sentence,
            CommandRun.Refuse(exitCode, ["data", "synth", "--output", _folder["clips"], .. more]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["clips"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_said()
    {
        File.WriteAllText(_folder["clips"], "a file");
        Assert.Contains("clips", CommandRun.Refuse(ExitCode.Failure, Line()), StringComparison.Ordinal);
        Assert.Equal("a file", File.ReadAllText(_folder["clips"]));
    }

    private static void AssertTruth(SyntheticScene scene, JsonElement found)
    {
        Assert.Equal(scene.Seed, found.GetProperty("seed").GetUInt64());
        Assert.Equal(scene.Kind.ToString().ToLowerInvariant(), found.GetProperty("kind").GetString());
        var times = found.GetProperty("event_times").EnumerateArray().Select(time => time.GetDouble()).ToList();
        Assert.Equal(scene.EventTimes.Count, times.Count);
        Assert.All(times.Zip(scene.EventTimes), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }
}
