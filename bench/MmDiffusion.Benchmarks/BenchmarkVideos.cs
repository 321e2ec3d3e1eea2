using System.Diagnostics;

namespace MmDiffusion.Benchmarks;

/// <summary>A folder of videos of ten seconds, as AudioSet has them, and room to pack them; deleted at the end.</summary>
internal sealed class BenchmarkVideos : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mmdiff-bench-").FullName;

    internal BenchmarkVideos(int count)
    {
        Directory.CreateDirectory(Videos);
        for (var i = 0; i < count; i++) Make(Path.Combine(Videos, $"{i}.mp4"), i);
    }

    internal string Videos => Path.Combine(_root, "videos");

    internal string Packed => Path.Combine(_root, "packed");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void Make(string path, int number)
    {
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", $"testsrc2=s=320x240:r=25:d=10,noise=alls=20:allf=t:all_seed={number}",
            "-f", "lavfi", "-i", $"sine=frequency={200 + 100 * number}:sample_rate=44100:d=10", path,
        ];
        using var process = Process.Start("ffmpeg", arguments);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException("ffmpeg failed");
    }
}
