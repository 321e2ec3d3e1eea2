using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Data;
using MmDiffusion.Primitives;

namespace MmDiffusion.Testing;

/// <summary>Videos made by ffmpeg.</summary>
internal static class TestVideos
{
    internal const int SamplesOfAFrame = 1600;

    /// <summary>Small clips.</summary>
    internal static ClipShape Shape { get; } = new() { Frames = 4, Height = 8, Width = 8, AudioLength = 4 * SamplesOfAFrame };

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

    /// <summary>
    /// A lossless video at the clips' rates whose frame n is grey of level <see cref="Level"/>, and whose sound beside it is n/1000.
    /// </summary>
    internal static string Numbered(string path, int frames, double? audioSeconds = null, int first = 0)
    {
        var (level, seconds) = (Text($"mod(3*(N+{first}),256)"), frames / 10.0);
        return Make(
            path, "-f", "lavfi", "-i", Text($"color=black:s=8x8:r=10:d={seconds},format=rgb24,geq=r='{level}':g='{level}':b='{level}'"),
            "-f", "lavfi", "-i", Text($"aevalsrc='floor(t*10+0.00001)/1000':s=16000:d={audioSeconds ?? seconds}"),
            "-c:v", "ffv1", "-pix_fmt", "bgr0", "-c:a", "pcm_s16le");
    }

    /// <summary>The grey of a frame.</summary>
    internal static byte Level(int frame) => (byte)(3 * frame % 256);

    /// <summary>The sound beside a frame.</summary>
    internal static short Loudness(int frame) => (short)Math.Round(frame / 1000.0 * 32768);

    /// <summary>Reads a clip and tells the video's frame at which its picture begins, having checked that everything else fits.</summary>
    internal static int FirstFrame(IClipSource source, int index, int frames)
    {
        var (picture, sound) = Read(source, index);
        var first = Enumerable.Range(0, frames).Single(frame =>
            Enumerable.Range(0, 4).All(i => picture[i * 192] == Level(frame + i)) && Math.Abs(sound[800] - Loudness(frame)) <= 1);
        Assert.All(Enumerable.Range(0, 4), i =>
            Assert.All(picture[(i * 192)..((i + 1) * 192)], level => Assert.Equal(Level(first + i), level)));
        Assert.All(Enumerable.Range(0, 4), i =>
            Assert.InRange(sound[i * SamplesOfAFrame + 800], Loudness(first + i) - 1, Loudness(first + i) + 1));
        return first;
    }

    internal static (byte[] Frames, short[] Audio) Read(IClipSource source, int index)
    {
        var (frames, sound) = (new byte[source.Shape.FrameBytes()], new short[source.Shape.AudioLength]);
        source.Read(index, frames, sound);
        return (frames, sound);
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
