using System.Globalization;
using System.Text.Json;
using FFMpegCore;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Reading;

/// <summary>Looks into media files; decodes them only where nothing else tells how long they are.</summary>
public static class MediaFile
{
    /// <summary>Up to this size header and packets are looked at by one run, whose answer is held in memory.</summary>
    private const long Small = 16L << 20;

    private const string PacketEntries = "packet=stream_index,pts_time,dts_time,duration_time,flags,pos";

    /// <summary>
    /// The sizes from which on players take untagged colours for those of HD, BT.709, rather than of television before it, BT.601.
    /// </summary>
    private const int FewestColumnsOfHd = 1280;
    private const int MostRowsOfSd = 576;

    /// <summary>Finds out what a file holds. Its packets are all looked at, which takes about as long as reading the file.</summary>
    /// <param name="path">Any file that ffmpeg reads.</param>
    /// <param name="cancellation">Stops the probe.</param>
    /// <exception cref="MmDiffusionException">
    /// There is no such file, it is empty, cut short or no media file, or ffmpeg is not installed.
    /// </exception>
    public static MediaInformation Probe(string path, CancellationToken cancellation = default) =>
        Probe(path, StreamChoice.Default, cancellation);

    /// <summary>Finds out what a file holds, and chooses the streams to read.</summary>
    /// <param name="path">Any file that ffmpeg reads, or a folder of frames as <see cref="ClipWriter"/> makes it.</param>
    /// <param name="streams">Which streams.</param>
    /// <param name="cancellation">Stops the probe.</param>
    /// <exception cref="MmDiffusionException">
    /// There is no such file or stream, the file is empty, cut short or no media file, or ffmpeg is not installed.
    /// </exception>
    public static MediaInformation Probe(string path, StreamChoice streams, CancellationToken cancellation = default)
    {
        if (FrameFolder.Exists(path)) return FrameFolder.Probe(path, streams, cancellation);
        RequireContent(path);
        var size = new FileInfo(path).Length;
        string[] packets = size <= Small ? ["-show_entries", PacketEntries] : [];
        using var process = new FfmpegProcess(
            "ffprobe",
            [.. Input(path), "-print_format", "json", "-sexagesimal", "-show_format", "-show_streams", .. packets],
            cancellation);
        var json = process.ReadText();
        var (succeeded, errors) = process.Finish();
        if (!succeeded) throw NotMedia(path, errors);

        var analysis = FFProbe.FromJson(json);
        // ffmpeg draws plain text as pictures of a terminal.
        if (analysis.Format.FormatName == "tty") throw NotMedia(path, ["it is text"]);
        using var document = JsonDocument.Parse(json);
        var found = Describe(
            path, analysis, document.RootElement, VideoStreams(path, json, cancellation), StreamFacts.Of(json, "audio"), streams);
        if (!found.HasVideo && !found.HasAudio)
            throw new MmDiffusionException(
                $"'{path}' holds neither a moving picture nor sound: it is cut short or no media file; copy "
                + "or download it again, or choose another");
        if (document.RootElement.TryGetProperty("packets", out var list))
            found = Measured(found, Times(list.EnumerateArray(), found), errors.Count > 0);
        else found = Measured(found, ReadPackets(found, cancellation, out var isBroken), isBroken);
        return MeasuredEnd.Of(FromFirstFrame(found, cancellation), cancellation);
    }

    /// <summary>Whether a path is a folder of frames as <see cref="ClipWriter"/> makes it, which is read like a file.</summary>
    /// <param name="path">Any path.</param>
    public static bool IsFrameFolder(string path) => FrameFolder.Exists(path);

    /// <summary>The arguments that open the picture of a file, or of a folder of frames.</summary>
    internal static string[] VideoInput(MediaInformation media) =>
        media.IsFrameFolder ? FrameFolder.VideoInput(media) : Input(media.Path);

    /// <summary>The arguments that open the sound of a file, or of a folder of frames.</summary>
    internal static string[] AudioInput(MediaInformation media) =>
        media.IsFrameFolder ? Input(FrameFolder.Audio(media.Path)) : Input(media.Path);

    /// <summary>
    /// The arguments that open a file: as a local file whatever its name looks like, and nothing that it may refer to elsewhere.
    /// </summary>
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

    /// <summary>
    /// The video streams. Containers that do not count frames are read for a while where it matters which stream is a still picture.
    /// </summary>
    private static IReadOnlyList<StreamFacts> VideoStreams(string path, string json, CancellationToken cancellation)
    {
        var streams = StreamFacts.Of(json, "video");
        if (streams.Count(stream => !stream.IsCover) < 2 || streams.All(stream => stream.IsCover || stream.Frames is not null))
            return streams;
        const string twentySeconds = "%+20";
        using var process = new FfmpegProcess(
            "ffprobe",
            [
                .. Input(path), "-print_format", "json", "-select_streams", "v", "-count_packets", "-read_intervals", twentySeconds,
                "-show_streams",
            ],
            cancellation);
        var counted = process.ReadText();
        return process.Finish().Succeeded ? StreamFacts.Of(counted, "video") : streams;
    }

    private static MediaInformation Describe(
        string path,
        IMediaAnalysis analysis,
        JsonElement json,
        IReadOnlyList<StreamFacts> pictures,
        IReadOnlyList<StreamFacts> sounds,
        StreamChoice choice)
    {
        var (videoStream, audioStream) = (StreamChoice.Choose(pictures, choice.Video, path, "video"), StreamChoice.Choose(
            sounds,
            choice.Audio,
            path,
            "audio"));
        var video = analysis.VideoStreams.FirstOrDefault(stream => stream.Index == videoStream);
        var sound = analysis.AudioStreams.FirstOrDefault(stream => stream.Index == audioStream);
        var seen = pictures.FirstOrDefault(stream => stream.Index == videoStream);
        var heard = sounds.FirstOrDefault(stream => stream.Index == audioStream);
        var format = json.GetProperty("format");
        var start = ProbedTime.Of(format, "start_time") ?? 0;
        var (videoStart, videoEnd) = Extent(json, video, start);
        var (audioStart, audioEnd) = Extent(json, sound, start);
        var (height, width) = video is null ? (0, 0) : ShownSize(video);
        var (rate, grid, variable) = video is null ? (0, 0, false) : Rate(video);
        return new MediaInformation
        {
            Path = path,
            Container = analysis.Format.FormatName,
            Duration = ProbedTime.Of(format, "duration") ?? Math.Max(0, Math.Max(videoEnd, audioEnd)),
            HasVideo = video is not null,
            HasAudio = sound is not null,
            Width = width,
            Height = height,
            FrameRate = rate,
            GridRate = grid,
            IsVariableRate = variable,
            SampleRate = sound?.SampleRateHz ?? 0,
            Channels = sound?.Channels ?? 0,
            VideoStart = videoStart,
            AudioStart = audioStart,
            VideoEnd = videoEnd,
            AudioEnd = audioEnd,
            PromisedVideoEnd = videoEnd,
            PromisedAudioEnd = audioEnd,
            Start = start,
            VideoStream = video?.Index ?? -1,
            AudioStream = sound?.Index ?? -1,
            VideoStreams = pictures.Count(stream => !stream.IsCover),
            AudioStreams = sounds.Count,
            VideoPosition = pictures.Select(stream => stream.Index).ToList().IndexOf(videoStream ?? -1),
            AudioPosition = sounds.Select(stream => stream.Index).ToList().IndexOf(audioStream ?? -1),
            HighDynamicRangeTransfer = seen?.Transfer is "smpte2084" or "arib-std-b67" ? seen.Transfer : null,
            IsInterlaced = seen?.FieldOrder is "tt" or "bb" or "tb" or "bt",
            // As shown: the second letter, for "tb" is "top coded first, bottom shown first".
            LowerFieldFirst = seen?.FieldOrder is "bb" or "tb",
            IsBt709 = seen?.Matrix is "bt709"
                || (seen is { Matrix: "" or "unknown" or "reserved" }
                    && (video!.Width >= FewestColumnsOfHd || video.Height > MostRowsOfSd)),
            VideoCodec = seen?.Codec ?? "",
            VideoTimeBase = seen?.TimeBase ?? 0,
            AudioCodec = heard?.Codec ?? "",
            LosslessAudio = heard is null ? "pcm_s16le" : Lossless(heard),
        };
    }

    /// <summary>
    /// When a stream begins and ends by the header, in seconds after the file's start; an end of 0 where it does not tell.
    /// </summary>
    private static (double Start, double End) Extent(JsonElement json, MediaStream? stream, double start)
    {
        if (stream is null) return (0, 0);
        var entry = json.GetProperty("streams").EnumerateArray().First(entry => entry.GetProperty("index").GetInt32() == stream.Index);
        var begin = (ProbedTime.Of(entry, "start_time") ?? start) - start;
        if (ProbedTime.Of(entry, "duration") is { } length) return (begin, length > 0 ? begin + length : 0);
        if (!entry.TryGetProperty("tags", out var tags) || ProbedTime.Of(tags, "DURATION") is not { } tag || tag <= 0) return (begin, 0);
        // Matroska: ffmpeg writes down where the stream ends, mkvmerge how long it is.
        return (begin, tags.TryGetProperty("_STATISTICS_TAGS", out _) ? begin + tag : tag - start);
    }

    /// <summary>
    /// Containers for streams, which may be joined anywhere to others with a clock of their own: those of which ffmpeg corrects the clock.
    /// </summary>
    private static bool RestartsClocks(MediaInformation media) => IsBroadcast(media) || media.Container is "ogg" or "hls" or "live_flv";

    /// <summary>Transport and program streams, which begin anywhere.</summary>
    private static bool IsBroadcast(MediaInformation media) => media.Container.StartsWith("mpeg", StringComparison.Ordinal);

    /// <summary>
    /// Whether a container has one sample rate for all of a sound; others are a row of packets, to which any may be joined.
    /// </summary>
    private static bool KeepsRate(MediaInformation media) =>
        !RestartsClocks(media) && media.Container is not ("mp3" or "aac" or "ac3" or "eac3" or "dts" or "loas");

    private static PacketTimes Times(IEnumerable<JsonElement> packets, MediaInformation media) =>
        new(packets, media.VideoStream, media.AudioStream, RestartsClocks(media));

    private static PacketTimes ReadPackets(MediaInformation media, CancellationToken cancellation, out bool isBroken)
    {
        using var process = new FfmpegProcess(
            "ffprobe",
            [.. Input(media.Path), "-print_format", "json=compact=1", "-sexagesimal", "-show_entries", PacketEntries],
            cancellation);
        var times = Times(process.ReadLines().Select(Packet).OfType<JsonElement>(), media);
        isBroken = process.Finish().Errors.Count > 0;
        return times;

        static JsonElement? Packet(string line)
        {
            var text = line.AsSpan().Trim().TrimEnd(',');
            if (!text.StartsWith("{ \"stream_index\"", StringComparison.Ordinal)) return null;
            // A packet with more about it continues in the next line.
            using var document = JsonDocument.Parse(text.EndsWith("}", StringComparison.Ordinal) ? text.ToString() : $"{text}}}");
            return document.RootElement.Clone();
        }
    }

    /// <summary>
    /// What the packets tell, where the header does not, or is wrong about it. Where ffmpeg complains and packets end before the header
    /// says, the file is cut short: its promise stays, so that whoever reads to the end is told.
    /// </summary>
    private static MediaInformation Measured(MediaInformation media, PacketTimes packets, bool isBroken)
    {
        const double agree = 0.05;
        const double padding = 0.15;
        var jumps = packets.Jumps(media.Start);
        var videoEnd = packets.HasVideo ? packets.VideoEnd - media.Start : media.VideoEnd;
        var audioEnd = packets.HasAudio ? packets.AudioEnd - media.Start : media.AudioEnd;
        var found = videoEnd;
        if (isBroken && jumps.Count == 0) (videoEnd, audioEnd) = (Math.Max(videoEnd, media.VideoEnd), Math.Max(audioEnd, media.AudioEnd));
        media = media with
        {
            VideoStart = packets.HasVideo ? packets.VideoStart - media.Start : media.VideoStart,
            VideoEnd = Math.Abs(videoEnd - media.VideoEnd) > agree ? videoEnd : media.VideoEnd,
            AudioEnd = Math.Abs(audioEnd - media.AudioEnd) > padding ? audioEnd : media.AudioEnd,
            FoundVideoEnd = found < videoEnd - agree ? found : 0,
            LongestStandstill = packets.LongestStandstill,
            ClockJumps = jumps,
            VideoClock = packets.VideoClock,
            AudioClock = packets.AudioClock,
            AudioPackets = packets.Audio(media.AudioCodec, KeepsRate(media)),
        };
        var end = Math.Max(media.VideoEnd, media.AudioEnd);
        if (Math.Abs(end - media.Duration) > 0.5) media = media with { Duration = end };
        if (packets.Rate() is not { } rate) return media;
        var headerFits = Math.Abs(rate.Average - media.FrameRate) <= 0.005 * media.FrameRate;
        return rate.Varies || !headerFits
            ? media with { FrameRate = rate.Average, GridRate = rate.Grid, IsVariableRate = rate.Varies }
            : media with { GridRate = media.FrameRate, IsVariableRate = false };
    }

    /// <summary>Broadcasts may begin with frames that only the part before them could show, and AVI has no times of display.</summary>
    private static MediaInformation FromFirstFrame(MediaInformation media, CancellationToken cancellation)
    {
        if (!media.HasVideo || !(IsBroadcast(media) || media.Container == "avi")) return media;
        using var process = new FfmpegProcess(
            "ffprobe",
            [
                .. Input(media.Path), "-print_format", "csv=p=0", "-sexagesimal", "-select_streams",
                media.VideoStream.ToString(CultureInfo.InvariantCulture),
                "-read_intervals", "%+#60", "-show_entries",
                "frame=best_effort_timestamp_time",
            ],
            cancellation);
        var first = process.ReadLines().Select(line => ProbedTime.Parse(line.Split(',')[0])).FirstOrDefault(time => time is not null);
        process.Finish();
        return first is { } time ? media with { VideoStart = time - media.Start } : media;
    }

    /// <summary>
    /// The uncompressed samples that lose nothing of a stream's; those of lossy codecs are of no certain depth, and 16 bits are what
    /// players know.
    /// </summary>
    private static string Lossless(StreamFacts sound) => sound switch
    {
        _ when sound.Codec.StartsWith("pcm_f", StringComparison.Ordinal) => "pcm_f32le",
        { SampleBits: > 24 } => "pcm_s32le",
        { SampleBits: > 16 } => "pcm_s24le",
        _ => "pcm_s16le",
    };

    private static (int Height, int Width) ShownSize(VideoStream stream)
    {
        var (height, width) = (stream.Height!.Value, stream.Width!.Value);
        var (across, down) = stream.SampleAspectRatio;
        if (across > 0 && down > 0) width = Math.Max(1, (int)Math.Round((double)width * across / down));
        return Math.Abs(stream.Rotation) % 180 == 90 ? (width, height) : (height, width);
    }

    private static (double Rate, double Grid, bool Variable) Rate(VideoStream stream)
    {
        const double most = 120;
        var (average, real) = (stream.AverageFrameRate, stream.RealFrameRate);
        if (!double.IsFinite(real)) real = 0;
        if (!(double.IsFinite(average) && average > 0)) return (real, real, false);
        // Containers with coarse clocks give averages such as 29.98 for steady 29.97.
        if (Math.Abs(average - real) <= 0.005 * real) return (real, real, false);
        return (average, real > average && real <= most ? real : average, true);
    }
}
