using System.Diagnostics;
using MmDiffusion.Cli.Tests.Generating;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>Ctrl-C in the middle of the work of a real process.</summary>
[Trait("group", "media")]
public sealed class StopTests : IDisposable
{
    private readonly TinyModels _models = new();
    private readonly TemporaryFolder _parent = new();

    [Fact]
    public void Sampling_stops_says_so_returns_130_and_leaves_nothing()
    {
        using var process = Process.Start(BuiltProgram.StartInfo(
            BuiltProgram.Folder, "sample", "--model", _models.Joint, "--sampler", "ddpm", "--steps", "1000", "--count", "50", "--output", _parent["out"]))!;
        var lines = new List<string>();
        while (process.StandardError.ReadLine() is { } line)
        {
            lines.Add(line);
            // The first report of progress: the work has begun.
            if (line.Contains("network call", StringComparison.Ordinal) && lines.Count(seen => seen.Contains("network call", StringComparison.Ordinal)) == 1) Interrupt(process);
        }
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(ExitCode.Stopped, process.ExitCode);
        Assert.Equal("mmdiff: stopped", lines[^1]);
        Assert.Equal("", process.StandardOutput.ReadToEnd());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_parent.Path));
    }

    public void Dispose()
    {
        _models.Dispose();
        _parent.Dispose();
    }

    private static void Interrupt(Process process)
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
