using MmDiffusion.Media;

namespace MmDiffusion.Cli.Tests.Generating;

/// <summary>Small media files as users have them.</summary>
internal static class TestClips
{
    /// <summary>A second of moving picture and of sound.</summary>
    internal static string Write(string path, bool picture = true, bool sound = true)
    {
        var frames = new Frames([.. Enumerable.Range(0, 10 * 16 * 16 * 3).Select(i => (byte)(i * 7 % 251))], 16, 16, 10);
        var samples = new Sound([.. Enumerable.Range(0, 16_000).Select(i => 0.5f * MathF.Sin(i * 0.2f))], 16_000);
        if (picture && sound) ClipWriter.Write(path, new Clip(frames, samples), ClipFileFormat.Mp4);
        else if (sound) WaveFile.Write(path, samples);
        else RunFfmpeg("-f", "lavfi", "-i", "testsrc=size=16x16:rate=10:duration=1", "-pix_fmt", "yuv420p", path);
        return path;
    }

    private static void RunFfmpeg(params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
