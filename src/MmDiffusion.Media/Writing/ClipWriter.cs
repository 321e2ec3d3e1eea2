using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Writing;

/// <summary>
/// Writes clips. The same clip and options give the same bytes (with the same ffmpeg); a failure leaves nothing half-written.
/// </summary>
public static class ClipWriter
{
    /// <summary>The usual ending of a format's files: ".mp4", ".webm", ".gif", or "" for a folder of frames.</summary>
    /// <param name="format">How a clip is stored.</param>
    public static string Extension(ClipFileFormat format) => format switch
    {
        ClipFileFormat.Mp4 => ".mp4",
        ClipFileFormat.Webm => ".webm",
        ClipFileFormat.Gif => ".gif",
        _ => "",
    };

    /// <summary>The files that <see cref="Write"/> makes or replaces, or the one folder.</summary>
    /// <param name="path">As of <see cref="Write"/>.</param>
    /// <param name="format">As of <see cref="Write"/>.</param>
    public static IReadOnlyList<string> Targets(string path, ClipFileFormat format) =>
        format == ClipFileFormat.Gif ? [path, AudioBeside(path)] : [path];

    /// <summary>
    /// The most pixels of a frame that decoders of H.264 and VP9 must support at their highest level: a little over 8192×4320.
    /// </summary>
    private const long MostEncodedPixels = 139_264 * 256;

    /// <summary>The longest side that ffmpeg's encoders and decoders of film work with.</summary>
    private const int LongestSide = 16384;

    /// <summary>Why frames are too large for a format, a clause; null where they are not.</summary>
    /// <param name="height">Rows of a frame.</param>
    /// <param name="width">Columns of a frame.</param>
    /// <param name="format">How the clip is stored.</param>
    public static string? SizeFault(int height, int width, ClipFileFormat format)
    {
        if (height > LongestSide || width > LongestSide) return $"a frame has at most {LongestSide} pixels a side";
        return format is ClipFileFormat.Mp4 or ClipFileFormat.Webm && (long)height * width > MostEncodedPixels
            ? $"{Extension(format)[1..]} holds at most {MostEncodedPixels} pixels a frame, such as 8192x4320"
            : null;
    }

    /// <summary>Finds out whether something is in the way of a clip that <see cref="Write"/> would not replace.</summary>
    /// <param name="path">As of <see cref="Write"/>.</param>
    /// <param name="format">As of <see cref="Write"/>.</param>
    /// <exception cref="MmDiffusionException">
    /// A folder in the place of a file, a file in the place of a folder, or a folder that holds something else.
    /// </exception>
    public static void RequireReplaceable(string path, ClipFileFormat format)
    {
        if (format == ClipFileFormat.Frames) AtomicFolder.RequireReplaceable(path, FrameFolder.IsPart);
        else foreach (var target in Targets(path, format)) AtomicFile.RequireReplaceable(target);
    }

    /// <summary>Writes a clip.</summary>
    /// <param name="path">The file, or the folder for <see cref="ClipFileFormat.Frames"/>; missing parents are created.</param>
    /// <param name="clip">At least one frame; the sound may be empty, then none is stored, and has neither NaN nor infinities.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="options">Settings, null for the defaults.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <returns>The paths written: <paramref name="path"/>, and for a gif with sound the wav file beside it.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written, the disk is full, or ffmpeg is missing or fails.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static IReadOnlyList<string> Write(
        string path, Clip clip, ClipFileFormat format, ClipWriteOptions? options = null, CancellationToken cancellation = default)
    {
        if (clip.Frames.Count == 0) throw new MmDiffusionException($"cannot write '{path}': the clip has no frames; give at least one");
        RequireFinite(clip.Audio, path);
        options ??= new ClipWriteOptions();
        switch (format)
        {
            case ClipFileFormat.Mp4 or ClipFileFormat.Webm:
                AtomicFile.Write(path, temporary => ClipEncoder.Encode(temporary, path, clip, format, options, cancellation));
                return [path];
            case ClipFileFormat.Gif:
                return WriteGif(path, clip, options, cancellation);
            case ClipFileFormat.Frames:
                AtomicFolder.Write(path, FrameFolder.IsPart, folder => FrameFolder.Fill(folder, clip, cancellation));
                return [path];
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "no such format");
        }
    }

    private static string AudioBeside(string gif) => Path.ChangeExtension(gif, ".wav");

    /// <summary>Encoders store NaN as anything from silence to a refusal.</summary>
    internal static void RequireFinite(Audio sound, string path)
    {
        if (Array.FindIndex(sound.Samples, sample => !float.IsFinite(sample)) is >= 0 and var at)
            throw new MmDiffusionException(
                $"cannot write '{path}': its sound is NaN or infinite at {(double)at / sound.Rate:0.###} s; give samples in [-1, 1]");
    }

    private static string[] WriteGif(string path, Clip clip, ClipWriteOptions options, CancellationToken cancellation)
    {
        var sound = AudioBeside(path);
        var silent = clip.OriginalAudio is null && clip.Audio.Samples.Length == 0;
        AtomicFile.Write(path, temporary =>
        {
            ClipEncoder.Encode(
                temporary, path, clip with { Audio = clip.Audio with { Samples = [] }, OriginalAudio = null, OriginalVideo = null },
                ClipFileFormat.Gif, options, cancellation);
            // Within the gif's own write, so that a full disk leaves neither.
            if (clip.OriginalAudio is { } original) AtomicFile.Write(sound, wave => original.WriteWave(wave, cancellation));
            else if (!silent) WaveFile.Write(sound, clip.Audio);
        });
        return silent ? [path] : [path, sound];
    }
}

/// <summary>How a clip is stored.</summary>
public enum ClipFileFormat
{
    /// <summary>
    /// One mp4 file: H.264 (yuv420p) and AAC, ready for streaming. Sides that are not even grow by one repeated row or column.
    /// </summary>
    Mp4,

    /// <summary>One webm file: VP9 and Opus (whose clock is always 48 kHz).</summary>
    Webm,

    /// <summary>An animated gif, and the sound in a wav file beside it.</summary>
    Gif,

    /// <summary>A folder of lossless PNG frames (frame-0001.png …) and sound.wav.</summary>
    Frames,
}

/// <summary>Settings of <see cref="ClipWriter"/>.</summary>
public sealed record ClipWriteOptions
{
    /// <summary>Constant rate factor of mp4: 0 (lossless) to 51 (worst). 17 is hardly told from the original.</summary>
    public int H264Quality { get; init; } = 17;

    /// <summary>Constant quality of webm: 0 (best) to 63 (worst).</summary>
    public int Vp9Quality { get; init; } = 20;

    /// <summary>Entries such as "title" and "comment", stored in mp4 and webm files.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
