using System.Globalization;
using System.Runtime.InteropServices;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Reads picture and sound of a short clip by one run of ffmpeg, of which starting takes longer than decoding. Whatever is not as it should
/// be is left to the two readers, which can say what it is.
/// </summary>
internal static class ShortClip
{
    private const double LongestSeconds = 30;
    private const long LargestFrames = 1 << 28;

    /// <summary>Reads a clip.</summary>
    /// <param name="media">With picture and sound.</param>
    /// <param name="format">Size and rates wanted.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>The same as the two readers give; null where the clip is long, or anything is wrong with it.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    internal static Clip? TryRead(MediaInformation media, ClipFormat format, double start, int? frameCount, CancellationToken cancellation)
    {
        format.RequireVideo();
        var seconds = frameCount / format.FrameRate ?? Math.Max(media.VideoSeconds, media.AudioSeconds) - start;
        if (media.IsFrameFolder || !(seconds is > 0 and < LongestSeconds)) return null;
        // To the end: one frame more than can come, whose arrival tells that the file is longer than it says.
        var most = frameCount ?? (int)Math.Ceiling(seconds * format.FrameRate) + 2;
        var frameBytes = format.Height * format.Width * 3;
        if ((long)most * frameBytes > LargestFrames) return null;
        var pixels = new byte[most * frameBytes];
        var sound = TemporaryFiles.NewPath("f32");
        try
        {
            using var process = new FfmpegProcess(
                "ffmpeg",
                Arguments(media, format, start, most, AudioOf(most, format), sound),
                cancellation);
            var count = process.Read(pixels) / frameBytes;
            if (count == 0 || (frameCount is null ? count == most : count < most) || process.Finish() is not (true, [])) return null;
            var samples = new float[AudioOf(count, format)];
            if (!ReadSamples(sound, samples)) return null;
            Array.Resize(ref pixels, count * frameBytes);
            return new Clip(new Frames(pixels, format.Height, format.Width, format.FrameRate), new Audio(samples, format.SampleRate));
        }
        finally
        {
            TemporaryFiles.Delete(sound);
        }
    }

    /// <summary>Samples that go with frames.</summary>
    private static int AudioOf(int frames, ClipFormat format) =>
        (int)Math.Max(1, Math.Round(frames / format.FrameRate * format.SampleRate));

    private static IEnumerable<string> Arguments(
        MediaInformation media,
        ClipFormat format,
        double start,
        int frameCount,
        int sampleCount,
        string sound)
    {
        var seek = new SeekPoint(media, start);
        return
        [
            .. seek.Arguments, .. MediaFile.Input(media.Path),
            "-map", $"0:{media.VideoStream}", "-vf",
            FrameReader.Filters(media, format, seek), "-frames:v", frameCount.ToString(CultureInfo.InvariantCulture),
            .. FrameReader.Output,
            "-map", $"0:{media.AudioStream}", "-af",
            AudioReader.Filters(format.SampleRate, sampleCount, seek, HeardChannels.Pan(media.Mix)), "-c:a", "pcm_f32le", "-f", "f32le",
            "file:" + sound,
        ];
    }

    /// <summary>Reads what there is; the rest stays silent.</summary>
    private static bool ReadSamples(string path, float[] samples)
    {
        if (!File.Exists(path)) return false;
        using var file = File.OpenRead(path);
        var read = file.ReadAtLeast(MemoryMarshal.AsBytes(samples.AsSpan()), samples.Length * sizeof(float), throwOnEndOfStream: false)
            / sizeof(float);
        return read > 0 && AudioReader.TryClamp(samples.AsSpan(0, read), out _);
    }
}
