using System.Globalization;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Where decoding begins so that picture and sound of one start time meet. Both count time from the first picture, or the first sound of a
/// file without one: the file's own clock is kept ("-copyts"), because ffmpeg's idea of time 0 depends on the streams in use for some
/// containers, and jumps of that clock are taken out here. Decoding begins a little before the wanted time, so that a frame which is
/// already standing at that time, and the overlap of lossy sound codecs, are there.
/// </summary>
internal readonly record struct SeekPoint
{
    /// <summary>Audio codecs need up to 80 ms to settle. A frame that stands for longer is entered before it.</summary>
    private const double Preroll = 1;

    /// <summary>Transport streams are entered anywhere, not at a key frame; key frames are rarely more than 11 s apart.</summary>
    private const double FarthestKeyFrame = 11;

    private readonly MediaInformation _media;

    internal SeekPoint(MediaInformation media, double start)
    {
        if (!(start >= 0) || !double.IsFinite(start))
            throw new MmDiffusionException($"a clip cannot start at {start} s; give a start of 0 or more");
        var duration = media.Duration > 0 ? media.Duration - media.ClipStart : double.PositiveInfinity;
        if (start >= duration)
        {
            throw new MmDiffusionException(
                $"a clip cannot start at {start} s: '{media.Path}' is {duration:0.###} s long; give an earlier start");
        }

        _media = media;
        var indexed = !media.Container.StartsWith("mpeg", StringComparison.Ordinal);
        // A clock that jumps tells nothing about places, and decoders that begin in the middle take the first frame for one of another
        // rate.
        var jumps = media.VideoClock is not null || media.AudioClock is not null || media.AudioPackets is { ChangesRate: true };
        var preroll = Math.Max(Preroll, media.LongestStandstill) + (indexed ? 0 : FarthestKeyFrame);
        Position = jumps ? 0 : Math.Max(0, media.ClipStart + start - preroll);
        Zero = media.Start + media.ClipStart + start;
    }

    /// <summary>Seconds from the container's start at which decoding begins.</summary>
    internal double Position { get; }

    /// <summary>The wanted start on the file's own clock, jumps taken out, seconds.</summary>
    internal double Zero { get; }

    /// <summary>The arguments in front of the input. Frames before the wanted start are dropped later, by the filters.</summary>
    internal string[] Arguments => ["-copyts", .. Position > 0 ? (string[])["-noaccurate_seek", "-ss", Text(Position)] : []];

    /// <summary>
    /// The expression that moves the wanted start of the picture to time 0; the filters cut off what is not whole, so it rounds.
    /// </summary>
    internal string VideoTimestamps => FileClock.Timestamps(_media.VideoClock, Zero);

    /// <summary>The expression that moves the wanted start of the sound to time 0.</summary>
    internal string AudioTimestamps => FileClock.Timestamps(_media.AudioClock, Zero, _media.AudioPackets);

    private static string Text(double seconds) => seconds.ToString("0.#########", CultureInfo.InvariantCulture);
}
