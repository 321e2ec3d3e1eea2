using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Training by a real process that nobody listens to, or whose terminal is closed.</summary>
[Trait("group", "unit")]
public sealed class StandardErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public StandardErrorTests() => File.WriteAllText(_folder["tiny.json"], TinyConfiguration.Json);

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-", Traits = ["group", "slow"])]
    public void Work_does_not_end_because_nothing_can_be_said(string redirection)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        var run = Shell(2, redirection);
        Assert.Equal((0, Path.Combine(_folder["run"], "model") + "\n"), run);
        Assert.True(File.Exists(Path.Combine(_folder["run"], "model", "model.safetensors")));
        Assert.Equal([2L], new TrainingFolder(_folder["run"]).Checkpoints());
    }

    [Fact]
    public void A_failure_that_cannot_be_said_has_its_exit_code()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        File.WriteAllText(_folder["tiny.json"], "[]");
        Assert.Equal((ExitCode.Failure, ""), Shell(2, "2>/dev/full"));
    }

    [Fact]
    public void Results_that_cannot_be_printed_are_a_failure_and_the_work_is_there()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        Assert.Equal(ExitCode.Failure, Shell(1, "2>/dev/null >/dev/full").ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder["run"], "model", "model.safetensors")));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("info")]
    [InlineData("--help", Traits = ["group", "slow"])]
    public void Tables_and_help_that_cannot_be_printed_are_told_in_one_line(string command)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        var program = BuiltProgram.StartInfo(BuiltProgram.Folder, command);
        var run = BuiltProgram.Run(new ProcessStartInfo(
            "sh",
            ["-c", "exec \"$@\" >/dev/full", "sh", program.FileName, .. program.ArgumentList])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.StartsWith("mmdiff: cannot write to the standard output", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("HUP", Traits = ["group", "slow"])]
    [InlineData("TERM")]
    public async Task A_signal_writes_a_checkpoint(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals");
        using var process = Process.Start(BuiltProgram.StartInfo(BuiltProgram.Folder, Train(100_000)))!;
        var output = process.StandardOutput.ReadToEndAsync();
        while (process.StandardError.ReadLine() is { } line && !line.Contains("training: 1/", StringComparison.Ordinal)) { }
        var error = process.StandardError.ReadToEndAsync();
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) kill.WaitForExit();
        process.WaitForExit();
        Assert.Equal((ExitCode.Stopped, ""), (process.ExitCode, await output));
        Assert.EndsWith("mmdiff: stopped\n", await error, StringComparison.Ordinal);
        Assert.Single(new TrainingFolder(_folder["run"]).Checkpoints());
    }

    public void Dispose() => _folder.Dispose();

    private string[] Train(long steps) =>
    [
        "train", "--config", _folder["tiny.json"], "--data", "synth:8", "--output", _folder["run"], "--steps",
        steps.ToString(CultureInfo.InvariantCulture),
        "--checkpoint-every", "1000000", "--review-every", "0", "--held-out-clips", "1",
        "--sheet-clips", "0",
    ];

    private (int ExitCode, string Output) Shell(long steps, string redirection)
    {
        var program = BuiltProgram.StartInfo(BuiltProgram.Folder, Train(steps));
        var run = BuiltProgram.Run(new ProcessStartInfo(
            "sh",
            ["-c", $"exec \"$@\" {redirection}", "sh", program.FileName, .. program.ArgumentList])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        return (run.ExitCode, run.Output);
    }
}
