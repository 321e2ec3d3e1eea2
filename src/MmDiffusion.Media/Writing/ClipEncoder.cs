using System.Globalization;
using System.Runtime.InteropServices;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Writing;

/// <summary>Encodes clips with one ffmpeg process that is fed through its standard input.</summary>
internal static class ClipEncoder
{
    /// <summary>Chroma of saturated, tiny pictures suffers most on the way to yuv420p: convert exactly rather than fast.</summary>
    private const string ToYuv =
        "scale=flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int:out_color_matrix=bt601:out_range=tv,format=yuv420p";

    /// <summary>What players assume for small pictures, written down for those that do not.</summary>
    private static string[] Colours { get; } = ["-colorspace", "smpte170m", "-color_range", "tv"];

    /// <summary>The layouts that the encoders of sound know, by the number of channels; 7 become 8 with a silent one.</summary>
    private static readonly string[] Layouts = ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "7.1", "7.1"];

    /// <summary>How many channels the encoders of sound know.</summary>
    internal static int MostChannels => Layouts.Length;

    /// <summary>Encodes a clip.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="shown">Its name for the user.</param>
    /// <param name="clip">The clip.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Ends ffmpeg.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="MmDiffusionException">ffmpeg fails, in its own words.</exception>
    internal static void Encode(
        string path,
        string shown,
        Clip clip,
        ClipFileFormat format,
        ClipWriteOptions options,
        CancellationToken cancellation)
    {
        if (clip is { OriginalVideo: { } picture, OriginalAudio: null }
            && picture.IsCopiedTo(format)
            && TryCopy(path, shown, clip, picture, format, options, cancellation)) return;
        // Picture and sound of a clip come through one pipe; what is copied has times of its own, and comes from a file beside the result.
        var original = clip.OriginalAudio is null ? null : Path.ChangeExtension(Path.GetFullPath(path), ".nut");
        try
        {
            if (original is not null) clip.OriginalAudio!.Save(original);
            using var process = new FfmpegProcess(
                "ffmpeg",
                [
                    "-xerror", .. original is null ? (string[])[] : ["-copyts"], "-f", "avi", "-i", "pipe:0",
                    .. original is null ? [] : clip.OriginalAudio!.Input("file:" + original),
                    "-map_metadata", "-1", .. Metadata(options),
                    .. original is null ? (string[])[] : ["-map", "0:v:0", "-map", "1:a:0"],
                    .. Codecs(clip, format, options),
                    .. Timing(clip.Frames),
                    .. Exact, "-y", "file:" + Path.GetFullPath(path),
                ],
                cancellation);
            var content = original is null ? clip : clip with { Audio = clip.Audio with { Samples = [] } };
            Feed(process, input => RawAvi.Write(input, content));
            RequireSuccess(process, shown);
        }
        finally
        {
            if (original is not null) File.Delete(original);
        }
    }

    /// <summary>Copies the picture's packets beside the clip's sound.</summary>
    /// <returns>Whether ffmpeg could: where it cannot, the frames are encoded.</returns>
    /// <exception cref="IOException">The disk is full.</exception>
    private static bool TryCopy(
        string path,
        string shown,
        Clip clip,
        OriginalVideo picture,
        ClipFileFormat format,
        ClipWriteOptions options,
        CancellationToken cancellation)
    {
        var hasAudio = clip.Audio.Samples.Length > 0;
        string[] sound = hasAudio ? ["-f", "f32le", "-ar", Text(clip.Audio.Rate), "-ac", "1", "-i", "pipe:0"] : [];
        using var process = new FfmpegProcess(
            "ffmpeg",
            [
                "-xerror", "-copyts", .. picture.Input, .. sound, "-map_metadata", "-1", "-map_chapters", "-1", .. Metadata(options),
                "-map", $"0:{Text(picture.Stream)}", .. hasAudio ? (string[])["-map", "1:a:0"] : [], .. picture.Copying,
                .. hasAudio ? Audio(clip, format) : [], .. Container(format), .. Exact, "-y", "file:" + Path.GetFullPath(path),
            ],
            cancellation);
        if (hasAudio) Feed(process, input => input.Write(MemoryMarshal.AsBytes<float>(clip.Audio.Samples)));
        try
        {
            RequireSuccess(process, shown);
            return true;
        }
        catch (MmDiffusionException)
        {
            return false;
        }
    }

    /// <summary>Neither versions, times, random numbers nor the number of cores may show in the bytes.</summary>
    private static string[] Exact { get; } = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"];

    private static string[] Container(ClipFileFormat format) =>
        format == ClipFileFormat.Mp4 ? ["-movflags", "+faststart", "-f", "mp4"] : ["-f", "webm"];

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

    /// <summary>Waits for the end of ffmpeg, and checks it.</summary>
    /// <param name="process">Fed already.</param>
    /// <param name="shown">The name of what it writes, for the message.</param>
    /// <exception cref="IOException">The disk or the folder is to blame.</exception>
    /// <exception cref="MmDiffusionException">Anything else, in ffmpeg's own words.</exception>
    internal static void RequireSuccess(FfmpegProcess process, string shown)
    {
        var (succeeded, errors) = process.Finish();
        // ffmpeg reports success although closing the file failed, so any complaint counts.
        if (succeeded && errors.Count == 0) return;
        // Only where the disk or the folder is to blame does another output folder help.
        if (errors.FirstOrDefault(WriteFailure.IsInputOutput) is { } complaint) throw new IOException($"ffmpeg says \"{complaint}\"");
        throw new MmDiffusionException($"cannot write '{shown}': {process.ReasonOf(errors)}");
    }

    internal static void Feed(FfmpegProcess process, Action<Stream> write)
    {
        try
        {
            write(process.Input);
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
            .. Audio(clip, format), .. Container(format),
        ],
        ClipFileFormat.Webm =>
        [
            "-vf", ToYuv, .. Colours,
            "-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "2", "-crf", Text(options.Vp9Quality), "-b:v", "0",
            .. Audio(clip, format), .. Container(format),
        ],
        _ => ["-vf", "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=sierra2_4a", "-loop", "0", "-f", "gif"],
    };

    /// <summary>
    /// Packets of the original where the format holds them, with the run-in before the start; else, in mp4, its very samples; else encoded,
    /// channel by channel as well as a single one.
    /// </summary>
    private static string[] Audio(Clip clip, ClipFileFormat format)
    {
        var (codec, bitRate) = format == ClipFileFormat.Mp4
            ? ("aac", (Func<int, int>)(rate => Math.Clamp(6 * rate, 48_000, 160_000)))
            : ("libopus", _ => 96_000);
        if (clip.OriginalAudio is not { } original) return ["-c:a", codec, "-b:a", Text(bitRate(clip.Audio.Rate))];
        if (original.IsCopiedTo(format)) return OriginalAudio.Copying;
        var channels = Math.Min(original.Channels, MostChannels);
        string[] filters = ["-af", $"{original.Filters},{Pan(channels)}"];
        return format == ClipFileFormat.Mp4
            ? [.. filters, "-c:a", "flac", "-strict", "-2"]
            : [.. filters, "-c:a", codec, "-b:a", Text(bitRate(original.Rate) * channels)];
    }

    /// <summary>Channels by their order, not by the speakers that they are meant for: mixing would lose some.</summary>
    private static string Pan(int channels) =>
        $"pan={Layouts[channels - 1]}|{string.Join('|', Enumerable.Range(0, channels).Select(channel => $"c{channel}=c{channel}"))}";

    /// <summary>yuv420p in mp4 wants even sides: repeat the last row or column.</summary>
    private static string EvenSize(Frames frames)
    {
        var (right, bottom) = (frames.Width % 2, frames.Height % 2);
        return right + bottom == 0
            ? ""
            : $"pad={frames.Width + right}:{frames.Height + bottom},fillborders=right={right}:bottom={bottom}:mode=smear,";
    }

    private static IEnumerable<string> Metadata(ClipWriteOptions options) =>
        options.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry =>
            new[] { "-metadata", $"{entry.Key}={entry.Value}" });

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
