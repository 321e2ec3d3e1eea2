using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// What ffmpeg complains about while it decodes a picture or a sound, which it then fills with guesses such as grey blocks.
/// </summary>
/// <param name="Part">"picture" or "sound".</param>
/// <param name="Complaints">How many there are, at least 1.</param>
/// <param name="First">Where they begin, in seconds of the clip's time: the last intact frame before.</param>
/// <param name="Last">Where the last one is.</param>
/// <param name="Reason">The first, in ffmpeg's words.</param>
public sealed record MediaDamage(string Part, int Complaints, double First, double Last, string Reason)
{
    /// <summary>Decoders show a frame this much later than they complain of it, at most, in seconds.</summary>
    private const double Delay = 0.5;

    /// <summary>One clause, such as "the picture is damaged at 3.2 s (ffmpeg complains 4 times, first: "…")".</summary>
    public override string ToString()
    {
        var (first, last) = (First.ToString("0.0", CultureInfo.InvariantCulture), Last.ToString("0.0", CultureInfo.InvariantCulture));
        return $"the {Part} is damaged {(first == last ? $"at {first} s" : $"between {first} s and {last} s")} "
            + $"(ffmpeg complains {(Complaints == 1 ? "once" : $"{Complaints} times, first")}: \"{Reason}\")";
    }

    /// <summary>
    /// Decodes a file to find where it is damaged, with one thread, so that what ffmpeg says is in the order of time. Takes as long as
    /// decoding: for files about which it complained.
    /// </summary>
    /// <param name="media">The file.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="seconds">How much to look at, null for all to the end.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At most one for each part.</returns>
    /// <exception cref="MmDiffusionException">The start is out of range.</exception>
    public static IReadOnlyList<MediaDamage> Find(
        MediaInformation media,
        double start = 0,
        double? seconds = null,
        CancellationToken cancellation = default) =>
        Find(media, start, seconds, media.HasVideo, media.HasAudio, cancellation);

    /// <summary>As the other method, in the picture, the sound, or both.</summary>
    internal static IReadOnlyList<MediaDamage> Find(
        MediaInformation media,
        double start,
        double? seconds,
        bool inVideo,
        bool inAudio,
        CancellationToken cancellation)
    {
        var seek = new SeekPoint(media, start);
        var found = new List<MediaDamage>();
        var watch = $"setpts={seek.VideoTimestamps},{Limit("trim")}showinfo=checksum=0";
        var hear = $"asetpts={seek.AudioTimestamps},{Limit("atrim")}ashowinfo";
        if (inVideo) Look("picture", MediaFile.VideoInput(media), media.VideoStream, "-vf", watch);
        if (inAudio) Look("sound", MediaFile.AudioInput(media), media.AudioStream, "-af", hear);
        return found;

        string Limit(string filter) =>
            seconds is { } length ? string.Create(CultureInfo.InvariantCulture, $"{filter}=end={length:0.######},") : "";

        void Look(string part, string[] input, int stream, string option, string filters)
        {
            using var log = new FrameLog();
            using var process = new FfmpegProcess(
                "ffmpeg",
                [
                    .. seek.Arguments, "-threads", "1", .. input, "-map", $"0:{stream}", option, filters, "-vsync",
                    "passthrough", "-f", "null", "-",
                ],
                cancellation,
                log);
            process.Finish();
            // Decoders that begin in mid-file complain of what came before.
            var complaints = log.Complaints.Where(complaint => seek.Position <= 0 || complaint.Seconds >= -Delay).ToList();
            if (complaints is not [var first, ..]) return;
            found.Add(new MediaDamage(
                part,
                complaints.Count,
                start + Math.Max(0, first.Seconds),
                start + Math.Max(0, complaints[^1].Seconds),
                first.Text));
        }
    }
}
