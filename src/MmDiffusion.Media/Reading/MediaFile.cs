using FFMpegCore;

namespace MmDiffusion.Media;

/// <summary>Looks into media files without decoding them.</summary>
public static class MediaFile
{
    /// <summary>Finds out what a file holds.</summary>
    /// <param name="path">Any file that ffmpeg reads.</param>
    /// <param name="cancellation">Stops the probe.</param>
    /// <exception cref="MmDiffusionException">There is no such file, it is empty, cut short or no media file, or ffmpeg is not installed.</exception>
    public static MediaInformation Probe(string path, CancellationToken cancellation = default)
    {
        RequireContent(path);
        using var process = new FfmpegProcess(
            "ffprobe", [.. Input(path), "-print_format", "json", "-sexagesimal", "-show_format", "-show_streams"], cancellation);
        var json = process.ReadText();
        var (succeeded, errors) = process.Finish();
        if (!succeeded) throw NotMedia(path, errors);

        var analysis = FFProbe.FromJson(json);
        // ffmpeg draws plain text as pictures of a terminal.
        if (analysis.Format.FormatName == "tty") throw NotMedia(path, ["it is text"]);
        var found = Describe(path, analysis);
        return found.HasVideo || found.HasSound
            ? found
            : throw new MmDiffusionException($"'{path}' holds neither a moving picture nor sound: it is cut short or no media file; copy or download it again, or choose another");
    }

    /// <summary>The arguments that open a file: as a local file whatever its name looks like, and nothing that it may refer to elsewhere.</summary>
    internal static string[] Input(string path) => ["-protocol_whitelist", "file", "-i", "file:" + Path.GetFullPath(path)];

    private static void RequireContent(string path)
    {
        InputFile.Require(path, "media file");
        if (new FileInfo(path).Length == 0) throw new MmDiffusionException($"'{path}' is empty (0 bytes); copy or download it again");
    }

    private static MmDiffusionException NotMedia(string path, IReadOnlyList<string> errors)
    {
        if (errors.Any(line => line.Contains("moov atom not found", StringComparison.Ordinal)))
        {
            return new MmDiffusionException(
                $"'{path}' is cut short or no mp4 file at all: its index (moov) is missing; copy or download it again");
        }

        var reason = errors is [.., var last] ? last : "no reason given";
        return new MmDiffusionException($"'{path}' is not a video or sound file that ffmpeg can read ({reason}); choose another file");
    }

    private static MediaInformation Describe(string path, IMediaAnalysis analysis)
    {
        var video = analysis.VideoStreams.OrderBy(stream => stream.Index).FirstOrDefault(IsMovingPicture);
        var sound = analysis.AudioStreams.OrderBy(stream => stream.Index).FirstOrDefault(stream => stream.SampleRateHz > 0);
        // What lies before 0 is a codec's run-in, which decoders drop.
        var start = TimeSpan.FromTicks(Math.Max(0, analysis.Format.StartTime.Ticks));
        var (height, width) = video is null ? (0, 0) : ShownSize(video);
        var (rate, variable) = video is null ? (0, false) : Rate(video);
        return new MediaInformation
        {
            Path = path,
            Container = analysis.Format.FormatName,
            Duration = analysis.Duration.TotalSeconds,
            HasVideo = video is not null,
            HasSound = sound is not null,
            Width = width,
            Height = height,
            FrameRate = rate,
            IsVariableRate = variable,
            SampleRate = sound?.SampleRateHz ?? 0,
            Channels = sound?.Channels ?? 0,
            VideoStart = video is null ? 0 : (video.StartTime - start).TotalSeconds,
            SoundStart = sound is null ? 0 : (sound.StartTime - start).TotalSeconds,
            VideoEnd = End(video, start),
            SoundEnd = End(sound, start),
            Start = start.TotalSeconds,
            VideoStream = video?.Index ?? -1,
            SoundStream = sound?.Index ?? -1,
        };
    }

    private static bool IsMovingPicture(VideoStream stream) =>
        stream is { Width: > 0, Height: > 0 } && !(stream.Disposition?.GetValueOrDefault("attached_pic") ?? false);

    private static double End(MediaStream? stream, TimeSpan start) =>
        stream is null || stream.Duration <= TimeSpan.Zero ? 0 : (stream.StartTime - start + stream.Duration).TotalSeconds;

    private static (int Height, int Width) ShownSize(VideoStream stream)
    {
        var (height, width) = (stream.Height!.Value, stream.Width!.Value);
        var (across, down) = stream.SampleAspectRatio;
        if (across > 0 && down > 0) width = Math.Max(1, (int)Math.Round((double)width * across / down));
        return Math.Abs(stream.Rotation) % 180 == 90 ? (width, height) : (height, width);
    }

    private static (double Rate, bool Variable) Rate(VideoStream stream)
    {
        var (average, real) = (stream.AverageFrameRate, stream.RealFrameRate);
        if (!(double.IsFinite(average) && average > 0)) return (double.IsFinite(real) ? real : 0, false);
        // Containers with coarse clocks give averages such as 29.98 for steady 29.97.
        var steady = double.IsFinite(real) && Math.Abs(average - real) <= 0.005 * real;
        return (steady ? real : average, !steady);
    }
}
