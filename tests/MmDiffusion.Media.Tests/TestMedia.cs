using System.Diagnostics;
using System.Globalization;

namespace MmDiffusion.Media.Tests;

/// <summary>Makes small media files with ffmpeg's own sources, and clips from formulas.</summary>
internal static class TestMedia
{
    /// <summary>Every flash and beep lasts this long and comes at 0.5, 2.5, 4.5 … seconds.</summary>
    internal const string Events = "between(mod(t,2),0.4999,0.6499)";

    /// <summary>A black picture that flashes white, 30 fps, with a long distance between key frames.</summary>
    internal static string[] Flashes(double seconds) =>
    [
        "-f",
        "lavfi",
        "-i",
        Text($"color=black:s=96x64:r=30:d={seconds},drawbox=c=white:t=fill:enable='{Events}'"),
    ];

    /// <summary>Silence with beeps of 1 kHz in the first channel only.</summary>
    internal static string[] Beeps(double seconds) =>
    [
        "-f",
        "lavfi",
        "-i",
        Text($"aevalsrc='if({Events},0.8*sin(2*PI*1000*t),0)|0':s=44100:d={seconds}"),
    ];

    internal static string Make(string path, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Media.FfmpegProgram.Ffmpeg.Locate("ffmpeg"),
            ["-v", "error", "-nostdin", "-y", .. arguments, path])
        { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return path;
    }

    /// <summary>A clip whose every pixel and sample differs with place and time.</summary>
    internal static Clip Gradient(int frames = 16, int height = 64, int width = 64, double rate = 10, int sampleRate = 16000)
    {
        var pixels = new byte[frames * height * width * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (frame, row, column, channel) = (i / 3 / width / height, i / 3 / width % height, i / 3 % width, i % 3);
            pixels[i] = (byte)(channel switch { 0 => 255 * row / height, 1 => 255 * column / width, _ => 255 * frame / frames });
        }

        var samples = new float[(int)Math.Round(frames / rate * sampleRate)];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.5f * MathF.Sin(2 * MathF.PI * 440 * i / sampleRate);
        return new Clip(new Frames(pixels, height, width, rate), new Audio(samples, sampleRate));
    }

    /// <summary>Root mean square of the differences of two equally long sequences.</summary>
    internal static double Difference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return Math.Sqrt(sum / a.Length);
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
