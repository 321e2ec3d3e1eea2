using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Cli.Tests;

/// <summary>Media files to give to commands.</summary>
internal static class Inputs
{
    internal const int SampleRate = 16_000;
    internal const double FrameRate = 20;

    /// <summary>A film of half a second, 32x24.</summary>
    /// <param name="path">Where to store it.</param>
    /// <param name="seconds">Or another length.</param>
    /// <param name="sound">Whether it has a sound track.</param>
    /// <param name="loudness">0 for silence.</param>
    internal static string Film(string path, double seconds = 0.5, bool sound = true, float loudness = 0.5f)
    {
        const int height = 24, width = 32;
        var frames = (int)(seconds * FrameRate);
        var pixels = new byte[frames * height * width * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % width * 8 + i / (height * width * 3) * 20);
        ClipWriter.Write(
            path,
            new Clip(new Frames(pixels, height, width, FrameRate), Tone(sound ? seconds : 0, loudness)),
            ClipFileFormat.Mp4);
        return path;
    }

    /// <summary>A film or sound that ffmpeg makes.</summary>
    /// <param name="path">Where to store it.</param>
    /// <param name="arguments">Of ffmpeg, but for the path.</param>
    internal static string Make(string path, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments, path])!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }

    /// <summary>Writes over a part of a file, from a place on that is given as a part of its length.</summary>
    internal static void Spoil(string path, double place, double part = 0.02)
    {
        var bytes = File.ReadAllBytes(path);
        new Random(1).NextBytes(bytes.AsSpan((int)(bytes.Length * place), (int)(bytes.Length * part)));
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>A wav file of half a second.</summary>
    internal static string Noise(string path)
    {
        WaveFile.Write(path, Tone(0.5, 0.5f));
        return path;
    }

    private static Audio Tone(double seconds, float loudness) =>
        new([.. Enumerable.Range(0, (int)(seconds * SampleRate)).Select(i => loudness * MathF.Sin(i * 0.1f))], SampleRate);
}
