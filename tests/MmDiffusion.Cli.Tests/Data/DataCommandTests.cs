using System.Diagnostics;
using System.Text.Json;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Data;

[Trait("group", "media")]
public sealed class DataCommandTests
{
    [Fact]
    public void Index_shows_totals_and_what_is_broken()
    {
        using var folder = Videos();
        var (exitCode, output, _) = Run("data", "index", folder["videos"]);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Matches(@"files\s+4,", output);
        Assert.Matches(@"videos with sound\s+2", output);
        Assert.Contains("broken.mp4' is cut short", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("data", "index", folder["videos"], "--json").Output);
        Assert.Equal(
            ["a.mp4", "broken.mp4", "mute.mp4", "x/b.mp4"],
            json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()));
    }

    [Fact]
    public void Filter_writes_lists_that_pack_takes()
    {
        using var folder = Videos();
        var (exitCode, output, _) = Run(
            "data", "filter", folder["videos"], "--keep", "1", "--output", folder["chosen"], "--min-seconds", "0.5");
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Equal([folder["chosen/kept.txt"], folder["chosen/left-out.csv"]], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["a.mp4"], File.ReadAllLines(folder["chosen/kept.txt"]));
        Assert.Equal(4, File.ReadAllLines(folder["chosen/left-out.csv"]).Length);
        using var json = JsonDocument.Parse(
            Run("data", "filter", folder["videos"], "--keep", "1", "--output", folder["chosen"], "--min-seconds", "0.5", "--json").Output);
        Assert.Equal("x/b.mp4", json.RootElement.GetProperty("left_out").EnumerateArray().Last().GetProperty("path").GetString());
        Assert.Equal(
            ExitCode.Success,
            Run("data", "pack", folder["videos"], "--list", folder["chosen/kept.txt"], "--output", folder["packed"], "--size", "8")
                .ExitCode);
        Assert.DoesNotContain("x/b.mp4", File.ReadAllText(folder["packed/index.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Pack_says_what_it_left_out_and_verifies()
    {
        using var folder = Videos();
        Inputs.Make(
            folder["videos/right.mkv"], "-f", "lavfi", "-i", "testsrc2=s=16x16:r=10:d=1", "-f", "lavfi", "-i",
            "aevalsrc='0|0.5*sin(3000*t)':d=1", "-c:v", "ffv1", "-c:a", "pcm_s16le");
        var (exitCode, output, error) = Run("data", "pack", folder["videos"], "--output", folder["packed"], "--size", "8");
        Assert.Equal((ExitCode.Success, folder["packed"]), (exitCode, output.Trim()));
        Assert.Contains("left out mute.mp4: ", error, StringComparison.Ordinal);
        Assert.Contains(
            "packed right.mkv: the first of its 2 channels is silent there, so that the mean of those that are not is heard",
            error,
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Run("data", "pack", "--verify", folder["packed"]).ExitCode);
        File.WriteAllText(folder["packed/shard-00000.safetensors"], "other bytes");
        var (damaged, faults, sentence) = Run("data", "pack", "--verify", folder["packed"], "--json");
        Assert.Equal(ExitCode.Failure, damaged);
        Assert.Contains(
            "SHA-256",
            Assert.Single(JsonDocument.Parse(faults).RootElement.GetProperty("faults").EnumerateArray()).GetString(),
            StringComparison.Ordinal);
        Assert.Contains("1 damaged shard in", sentence, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Ctrl_C_keeps_what_the_doctor_saw_and_the_next_run_goes_on()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("signals are those of Unix");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["videos"]);
        var count = 8 + 4 * Environment.ProcessorCount;
        Make(folder["videos/0.mp4"], 10, 25, 1);
        for (var i = 1; i < count; i++) File.Copy(folder["videos/0.mp4"], folder[$"videos/{i}.mp4"]);
        var seen = folder["videos/.mmdiff-doctor.jsonl"];
        using var process = Process.Start(BuiltProgram.StartInfo(BuiltProgram.Folder, ["data", "doctor", folder["videos"]]))!;
        if (InterruptTests.IgnoresInterrupts(process.Id))
        {
            process.Kill();
            Assert.Skip("these tests were started with interrupts ignored");
        }
        while (!process.HasExited && !(File.Exists(seen) && new FileInfo(seen).Length > 0)) Thread.Sleep(5);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        process.WaitForExit();
        Assert.Equal(ExitCode.Stopped, process.ExitCode);
        var kept = File.ReadAllLines(seen).Length;
        Assert.InRange(kept, 1, count - 1);
        var (_, output, error) = Run("data", "doctor", folder["videos"]);
        Assert.Contains($"{count} files examined", output, StringComparison.Ordinal);
        Assert.Contains($"{count - kept}/{count - kept} files", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_returns_1_where_there_are_errors_and_0_where_there_are_none()
    {
        using var folder = Videos();
        var (exitCode, output, error) = Run("data", "doctor", folder["videos"], "--frames", "4");
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Matches(@"error\s+mute.mp4\s+no sound", output);
        Assert.Contains("2 errors in 4 files", error, StringComparison.Ordinal);
        var (_, json, _) = Run("data", "doctor", folder["videos"], "--frames", "4", "--held-out", folder["videos/x"], "--json");
        var shared = JsonDocument.Parse(json).RootElement
            .GetProperty("findings")
            .EnumerateArray()
            .Single(finding => finding.GetProperty("kind").GetString() == "shared");
        Assert.Equal(
            ("x/b.mp4", "b.mp4", true),
            (shared.GetProperty("path").GetString(), shared.GetProperty("other").GetString(), shared.GetProperty("is_error").GetBoolean()));
        Assert.Equal(ExitCode.Success, Run("data", "doctor", folder["videos/x"], "--frames", "4").ExitCode);
    }

    [Theory]
    [InlineData("pack", "--size", "0", "expected at least 1")]
    [InlineData("doctor", "--frame-rate", "fast", "expected a number")]
    [InlineData("pack", "--frame-rate", "12,5", "--frame-rate is '12,5', expected a number, with a point before decimals")]
    [InlineData("pack", "--frame-rate", "0", "expected above 0")]
    [InlineData("pack", "--frame-rate", "-10", "expected above 0")]
    [InlineData("pack", "--frame-rate", "NaN", "expected a number")]
    [InlineData("doctor", "--frame-rate", "1,000", "expected a number")]
    [InlineData("filter", "--min-seconds", "1,6", "expected a number")]
    [InlineData("filter", "--min-seconds", "∞", "expected a number")]
    [InlineData("pack", "--size", "6,4", "'6,4'")]
    [InlineData("filter", "--keep", "0", "expected at least 1")]
    public void Options_out_of_range_are_usage_errors(string command, string option, string value, string expected)
    {
        var (exitCode, output, error) = Run("data", command, "videos", option, value);
        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Names_that_look_like_comments_are_kept_and_packed_and_fewer_than_the_list_has_are_said()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["videos"]);
        string[] names = ["#shorts.mp4", " lead.mp4", "\"q\".mp4", "two\nlines.mp4"];
        Make(folder["videos/whole.mp4"], 2, 10, 1);
        foreach (var name in names) File.Copy(folder["videos/whole.mp4"], folder["videos/" + name]);
        Assert.Equal(ExitCode.Success, Run("data", "filter", folder["videos"], "--output", folder["chosen"]).ExitCode);
        var (exitCode, _, error) = Run(
            "data", "pack", folder["videos"], "--list", folder["chosen/kept.txt"], "--output", folder["packed"], "--size", "8");
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.DoesNotContain("packed ", error.Replace("packing", "", StringComparison.Ordinal), StringComparison.Ordinal);
        using var index = JsonDocument.Parse(File.ReadAllText(folder["packed/index.json"]));
        Assert.Equal(
            [.. names.Append("whole.mp4").Order(StringComparer.Ordinal)],
            index.RootElement.GetProperty("shards")
                .EnumerateArray()
                .SelectMany(shard => shard.GetProperty("videos").EnumerateArray())
                .Select(video => video.GetProperty("source").GetString()!));
        File.WriteAllText(folder["videos/broken.mp4"], "no film");
        File.WriteAllText(folder["list"], "whole.mp4\n# nothing\nbroken.mp4\n#shorts.mp4\nwhole.mp4\n");
        Assert.Contains(
            $"packed 2 videos of the 4 that '{folder["list"]}' names: 1 left out, 1 named more than once",
            Run("data", "pack", folder["videos"], "--list", folder["list"], "--output", folder["again"], "--size", "8").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_and_tables_that_are_given_are_not_replaced_nor_is_an_index_of_something_else()
    {
        using var folder = Videos();
        File.WriteAllText(folder["videos/index.json"], "a.mp4\n");
        Assert.Contains(
            "would replace the input",
            Refuse("data", "pack", folder["videos"], "--list", folder["videos/index.json"], "--output", folder["videos"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "is no index of packed clips",
            Refuse("data", "pack", folder["videos"], "--output", folder["videos"]),
            StringComparison.Ordinal);
        File.WriteAllText(folder["left-out.csv"], "--4gqARaEJE, 0.000, 10.000, \"/m/068hy\"\n");
        Directory.CreateSymbolicLink(folder["here"], folder.Path);
        Assert.Contains(
            "would replace the input",
            Refuse("data", "filter", folder["videos"], "--segments", folder["left-out.csv"], "--output", folder["here"]),
            StringComparison.Ordinal);
        Assert.StartsWith("--4gqARaEJE", File.ReadAllText(folder["left-out.csv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_passed_over_is_said_and_a_pipe_does_not_hang()
    {
        using var folder = Videos();
        File.WriteAllText(folder["videos/x/clip.dat"], "");
        SpecialFiles.Pipe(folder["videos/live.mp4"]);
        foreach (var command in new[] { "index", "doctor", "pack" })
        {
            string[] output = command == "pack" ? ["--output", folder["packed"], "--size", "8"] : [];
            var (_, _, error) = SpecialFiles.WithoutWaiting(() => Run(["data", command, folder["videos"], .. output]));
            Assert.Contains("passed over 2 entries of", error, StringComparison.Ordinal);
            Assert.Contains("live.mp4 (a named pipe), x/clip.dat", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_list_that_names_what_is_not_there_is_refused_before_anything_is_written()
    {
        using var folder = Videos();
        File.WriteAllText(folder["list"], "a.mp4\ngone.mp4\n");
        var (exitCode, _, error) = Run("data", "pack", folder["videos"], "--list", folder["list"], "--output", folder["packed"]);
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("the list names 'gone.mp4'", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["packed"]));
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var terminal = new TestTerminal();
        var exitCode = terminal.Run(arguments);
        return (exitCode, terminal.Output, terminal.Error);
    }

    private static string Refuse(params string[] arguments) => CommandRun.Refuse(ExitCode.Failure, arguments);

    private static TemporaryFolder Videos()
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["videos/x"]);
        Make(folder["videos/a.mp4"], 2, 20, 1);
        Make(folder["videos/x/b.mp4"], 1, 10, 2);
        File.WriteAllText(folder["videos/broken.mp4"], "no video");
        Ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32:r=10:d=1", folder["videos/mute.mp4"]);
        return folder;
    }

    private static void Make(string path, int seconds, int rate, int tone) => Ffmpeg(
        "-f", "lavfi", "-i", $"testsrc2=s=64x64:r={rate}:d={seconds}", "-f", "lavfi", "-i", $"sine=frequency={300 * tone}:d={seconds}",
        path);

    private static void Ffmpeg(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
