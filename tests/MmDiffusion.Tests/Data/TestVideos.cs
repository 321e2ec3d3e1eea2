using System.Diagnostics;
using System.Globalization;

namespace MmDiffusion.Tests.Data;

/// <summary>Videos made by ffmpeg.</summary>
internal static class TestVideos
{
    /// <summary>Runs ffmpeg; missing folders are made.</summary>
    internal static string Make(string path, params string[] arguments)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments, path]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return path;
    }

    /// <summary>A lossless video at the clips' rates whose frame n is grey of level 3n, of 256, and whose sound beside it is n/1000.</summary>
    internal static string Numbered(string path, int frames) => Make(
        path,
        "-f", "lavfi", "-i", Text($"color=black:s=8x8:r=10:d={frames / 10.0},format=rgb24,geq=r='mod(3*N,256)':g='mod(3*N,256)':b='mod(3*N,256)'"),
        "-f", "lavfi", "-i", Text($"aevalsrc='floor(t*10+0.00001)/1000':s=16000:d={frames / 10.0}"),
        "-c:v", "ffv1", "-pix_fmt", "bgr0", "-c:a", "pcm_s16le");

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
