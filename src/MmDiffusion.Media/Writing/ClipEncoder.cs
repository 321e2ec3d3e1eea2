using System.Globalization;

namespace MmDiffusion.Media;

/// <summary>Encodes clips with one ffmpeg process that is fed through its standard input.</summary>
internal static class ClipEncoder
{
    /// <summary>Chroma of saturated, tiny pictures suffers most on the way to yuv420p: convert exactly rather than fast.</summary>
    private const string ToYuv =
        "scale=flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int:out_color_matrix=bt601:out_range=tv,format=yuv420p";

    /// <summary>What players assume for small pictures, written down for those that do not.</summary>
    private static string[] Colours { get; } = ["-colorspace", "smpte170m", "-color_range", "tv"];

    /// <summary>Encodes a clip.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="shown">Its name for the user.</param>
    /// <param name="clip">The clip.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Ends ffmpeg.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="MmDiffusionException">ffmpeg fails, in its own words.</exception>
    internal static void Encode(string path, string shown, Clip clip, ClipFileFormat format, ClipWriteOptions options, CancellationToken cancellation)
    {
        using var process = new FfmpegProcess(
            "ffmpeg",
            [
                "-xerror", "-f", "avi", "-i", "pipe:0", "-map_metadata", "-1", .. Metadata(options),
                .. Codecs(clip, format, options), .. Timing(clip.Frames),
                // Neither versions, times, random numbers nor the number of cores may show in the bytes.
                "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-threads", "1",
                "-y", "file:" + Path.GetFullPath(path),
            ],
            cancellation);
        Feed(process, clip);
        var (succeeded, errors) = process.Finish();
        // ffmpeg reports success although closing the file failed, so any complaint counts.
        if (succeeded && errors.Count == 0) return;
        if (errors.FirstOrDefault(line => line.Contains(WriteFailure.NoSpace, StringComparison.Ordinal)) is { } full) throw new IOException($"ffmpeg says \"{full}\"");
        throw new MmDiffusionException($"cannot write '{shown}': {process.ReasonOf(errors)}");
    }

    /// <summary>
    /// Frames with times of their own keep them; the rate is what codecs assume when they share out bits. Without frames out of order the
    /// length of the last one is that of the one before.
    /// </summary>
    private static string[] Timing(Frames frames)
    {
        if (frames.Times is null) return [];
        var (rate, scale) = FrameRateFraction.Of(frames.Rate);
        return ["-vsync", "vfr", "-enc_time_base", "1:1000", "-r", $"{Text(rate)}/{Text(scale)}", "-bf", "0"];
    }

    private static void Feed(FfmpegProcess process, Clip clip)
    {
        try
        {
            RawAvi.Write(process.Input, clip);
            process.Input.Flush();
        }
        catch (IOException)
        {
            // ffmpeg ended early; its own words, read afterwards, tell more than the broken pipe.
        }
    }

    private static string[] Codecs(Clip clip, ClipFileFormat format, ClipWriteOptions options) => format switch
    {
        ClipFileFormat.Mp4 =>
        [
            "-vf", EvenSize(clip.Frames) + ToYuv, .. Colours,
            "-c:v", "libx264", "-preset", "medium", "-crf", Text(options.H264Quality),
            "-c:a", "aac", "-b:a", Text(Math.Clamp(6 * clip.Sound.Rate, 48_000, 160_000)), "-movflags", "+faststart", "-f", "mp4",
        ],
        ClipFileFormat.Webm =>
        [
            "-vf", ToYuv, .. Colours,
            "-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "2", "-crf", Text(options.Vp9Quality), "-b:v", "0",
            "-c:a", "libopus", "-b:a", "96000", "-f", "webm",
        ],
        _ => ["-vf", "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=sierra2_4a", "-loop", "0", "-f", "gif"],
    };

    /// <summary>yuv420p in mp4 wants even sides: repeat the last row or column.</summary>
    private static string EvenSize(Frames frames)
    {
        var (right, bottom) = (frames.Width % 2, frames.Height % 2);
        return right + bottom == 0
            ? ""
            : $"pad={frames.Width + right}:{frames.Height + bottom},fillborders=right={right}:bottom={bottom}:mode=smear,";
    }

    private static IEnumerable<string> Metadata(ClipWriteOptions options) =>
        options.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => new[] { "-metadata", $"{entry.Key}={entry.Value}" });

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
