using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// A stretch of a file's picture as the file has it: packets that <see cref="ClipWriter"/> copies from the file where the format can hold
/// them. They begin with the file's first, and show just the frames of the stretch: where it begins behind another key frame, or a frame
/// after it is needed to decode one of it, there is nothing to copy.
/// </summary>
public sealed class OriginalVideo
{
    private static readonly string[] CopiedToMp4 = ["h264", "hevc", "av1", "vp9", "mpeg4"];
    private static readonly string[] CopiedToWebm = ["vp8", "vp9", "av1"];

    /// <summary>Containers that have a time of display for each frame, and begin where they say.</summary>
    private static readonly string[] Containers = ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "flv"];

    private readonly MediaInformation _media;
    private readonly double _zero;
    private readonly double _end;
    private readonly int _packets;
    private readonly bool _isCut;

    private OriginalVideo(MediaInformation media, double zero, double end, int packets, bool isCut) =>
        (_media, _zero, _end, _packets, _isCut) = (media, zero, end, packets, isCut);

    /// <summary>Looks for the packets of a stretch.</summary>
    /// <param name="media">
    /// The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>; it must stay until the clip is written.
    /// </param>
    /// <param name="frames">The stretch as it was decoded.</param>
    /// <param name="start">Where it begins, seconds.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <returns>Null where no packets give just these frames at their times, or the container or codec is none that others share.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static OriginalVideo? Find(MediaInformation media, Frames frames, double start, CancellationToken cancellation = default)
    {
        if (!Containers.Contains(media.Container)
            || media.VideoClock is not null
            || media.AudioClock is not null
            || media.VideoTimeBase <= 0) return null;
        if (!CopiedToMp4.Contains(media.VideoCodec) && !CopiedToWebm.Contains(media.VideoCodec)) return null;
        var begin = media.Start + media.ClipStart + start;
        if (start > LatestStart) return null;
        return Find(media, frames, begin, Packets(media, begin + frames.Duration, cancellation));
    }

    /// <summary>Whether a format can hold the packets.</summary>
    internal bool IsCopiedTo(ClipFileFormat format) => format switch
    {
        ClipFileFormat.Mp4 => CopiedToMp4.Contains(_media.VideoCodec),
        // There is no edit list that could hide what comes before the start.
        ClipFileFormat.Webm => CopiedToWebm.Contains(_media.VideoCodec) && !_isCut,
        _ => false,
    };

    /// <summary>The arguments that open the file; its time 0 is the stretch's start. They ask for "-copyts".</summary>
    internal string[] Input => ["-itsoffset", Text(-_zero), .. MediaFile.Input(_media.Path)];

    /// <summary>The stream of <see cref="Input"/>.</summary>
    internal int Stream => _media.VideoStream;

    /// <summary>The arguments that copy the packets. The last frame is shown no longer than to the stretch's end.</summary>
    internal string[] Copying =>
    [
        "-c:v",
        "copy",
        "-copypriorss",
        "1",
        "-frames:v",
        Text(_packets),
        // In ticks: the filter's own idea of the time base is another for some containers.
        "-bsf:v",
        $"setts=pts=PTS:dts=DTS:duration='if(gt(DURATION,0),min(DURATION,{Text(
            Math.Round((_end - _zero) / _media.VideoTimeBase))}-PTS),DURATION)'",
        .. _media.VideoCodec == "hevc" ? (string[])["-tag:v", "hvc1"] : [],
    ];

    /// <summary>What comes before the start is copied, too, though not shown: no more than this, in seconds.</summary>
    private const double LatestStart = 10;

    /// <summary>Containers round times to a millisecond.</summary>
    private const double Rounding = 0.001;

    private sealed record Packet(double Time, bool IsKey);

    private static OriginalVideo? Find(MediaInformation media, Frames frames, double begin, List<Packet> packets)
    {
        var end = begin + frames.Duration;
        var key = packets.FindLastIndex(packet => packet.IsKey && packet.Time <= begin + 2 * Rounding);
        // Where ffmpeg begins after a seek cannot be told beforehand.
        if (key != 0) return null;
        var rest = packets;
        var first = rest.Where(packet => packet.Time >= begin - 2 * Rounding)
            .Select(packet => packet.Time)
            .DefaultIfEmpty(double.PositiveInfinity)
            .Min();
        // A frame that already stands at the start would be cut.
        if (Math.Abs(first - begin) > 2 * Rounding) return null;
        // A frame that begins at the end, but for rounding, is none of the stretch.
        var after = rest.FindIndex(packet => packet.Time >= end - 2 * Rounding);
        var count = after < 0 ? rest.Count : after;
        if (rest.Skip(count).Any(packet => packet.Time < end - 2 * Rounding)) return null;
        if (rest.Take(count).Count(packet => packet.Time >= begin - 2 * Rounding) != frames.Count) return null;
        return new OriginalVideo(media, first, end, count, rest[0].Time < first - Rounding);
    }

    /// <summary>Packets from the file's beginning to beyond a stretch, in the order in which they are decoded.</summary>
    private static List<Packet> Packets(MediaInformation media, double end, CancellationToken cancellation)
    {
        // What may be decoded before it is shown.
        const double margin = 5;
        using var process = new FfmpegProcess(
            "ffprobe",
            [
                .. MediaFile.Input(media.Path), "-print_format", "csv=p=0", "-select_streams", Text(media.VideoStream),
                "-read_intervals", $"%{Text(end + margin)}", "-show_entries", "packet=pts_time,flags",
            ],
            cancellation);
        var packets = new List<Packet>();
        foreach (var line in process.ReadLines())
        {
            var fields = line.Split(',');
            if (fields.Length < 2 || fields[1].Contains('D', StringComparison.Ordinal)) continue;
            // Without a time nothing can be said.
            if (ProbedTime.Parse(fields[0]) is not { } time) return [];
            packets.Add(new Packet(time, fields[1].Contains('K', StringComparison.Ordinal)));
        }
        return process.Finish().Succeeded ? packets : [];
    }

    private static string Text(double value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
