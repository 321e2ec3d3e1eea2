using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Signals to the real program, in the middle of its work.</summary>
[Trait("group", "unit")]
public sealed class InterruptTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_in_the_middle_of_sampling_stops_cleanly(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals");
        using var folder = new TemporaryFolder();
        using var process = Process.Start(BuiltProgram.StartInfo(
            BuiltProgram.Folder, "sample", "--model", model.Folder, "--sampler", "ddpm", "--upscaler", "none", "--count", "1000", "--batch",
            "8", "--output", folder["results"]))!;
        try
        {
            Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(process.Id), "these tests were started with interrupts ignored");
            var first = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            // On some processors libtorch warns first, in words of its own.
            while (first?.StartsWith("[W", StringComparison.Ordinal) == true)
                first = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("mmdiff: sampling: ", first, StringComparison.Ordinal);
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var rest = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((ExitCode.Stopped, ""), (process.ExitCode, await output));
            Assert.Equal("mmdiff: stopped", rest.TrimEnd('\n').Split('\n')[^1]);
            Assert.False(Directory.Exists(folder["results"]));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>As in the background of a shell that is no terminal's: the program cannot be interrupted there, nor should it.</summary>
    internal static bool IgnoresInterrupts(int process)
    {
        const ulong interrupt = 1 << 1;
        var ignored = File.Exists($"/proc/{process}/status")
            ? File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
            : null;
        return ignored is not null
            && (ulong.Parse(ignored.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & interrupt)
                != 0;
    }
}
