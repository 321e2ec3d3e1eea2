using System.Globalization;

namespace MmDiffusion.Media;

/// <summary>
/// Where decoding begins so that picture and sound of one start time meet. Both count time from the container's start (the earliest
/// of its streams): the file's own clock is kept ("-copyts"), because ffmpeg's idea of time 0 depends on the streams in use for some
/// containers. Decoding begins a little before the wanted time, so that a frame which is already standing at that time, and the overlap
/// of lossy sound codecs, are there.
/// </summary>
internal readonly record struct SeekPoint
{
    /// <summary>Sound codecs need up to 80 ms to settle.</summary>
    private const double Preroll = 1;

    /// <summary>Transport streams are entered anywhere, not at a key frame; key frames are rarely more than 10 s apart.</summary>
    private const double PrerollWithoutIndex = 12;

    internal SeekPoint(MediaInformation media, double start)
    {
        if (!(start >= 0) || !double.IsFinite(start))
            throw new MmDiffusionException($"a clip cannot start at {start} s; give a start of 0 or more");
        if (media.Duration > 0 && start >= media.Duration)
        {
            throw new MmDiffusionException(
                $"a clip cannot start at {start} s: '{media.Path}' is {media.Duration:0.###} s long; give an earlier start");
        }

        var indexed = !media.Container.StartsWith("mpeg", StringComparison.Ordinal);
        Position = Math.Max(0, start - (indexed ? Preroll : PrerollWithoutIndex));
        Zero = media.Start + start;
    }

    /// <summary>Seconds from the container's start at which decoding begins.</summary>
    internal double Position { get; }

    /// <summary>The wanted start on the file's own clock, seconds.</summary>
    internal double Zero { get; }

    /// <summary>The arguments in front of the input. Frames before the wanted start are dropped later, by the filters.</summary>
    internal string[] Arguments => ["-copyts", .. Position > 0 ? (string[])["-noaccurate_seek", "-ss", Text(Position)] : []];

    /// <summary>The expression that moves the wanted start to time 0.</summary>
    internal string Timestamps => $"PTS-({Text(Zero)})/TB";

    private static string Text(double seconds) => seconds.ToString("0.#########", CultureInfo.InvariantCulture);
}
