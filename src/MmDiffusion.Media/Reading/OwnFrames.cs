using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>Reads every frame of a stretch once, with its own time, where frames are not evenly spaced.</summary>
internal static class OwnFrames
{
    /// <summary>Reads frames.</summary>
    /// <param name="media">The file.</param>
    /// <param name="format">Size wanted, and the rate of the grid.</param>
    /// <param name="start">Where to begin, seconds: with the frame that is shown then.</param>
    /// <param name="seconds">How much, null for all to the end.</param>
    /// <param name="onDamage">Called where ffmpeg complained.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>Frames with their times, up to the end of the picture; null where there are none.</returns>
    /// <exception cref="MmDiffusionException">The file lacks a picture, is damaged, or an argument is out of range.</exception>
    internal static Frames? Read(
        MediaInformation media,
        ClipFormat format,
        double start,
        double? seconds,
        Action onDamage,
        CancellationToken cancellation)
    {
        format.RequireVideo();
        var seek = new SeekPoint(media, start);
        var length = Math.Min(seconds ?? double.PositiveInfinity, media.VideoSeconds - start);
        if (!(length > 0)) return null;
        using var log = new FrameLog();
        using var process = new FfmpegProcess(
            "ffmpeg",
            [
                .. seek.Arguments,
                .. MediaFile.VideoInput(media),
                "-map",
                $"0:{media.VideoStream}",
                "-vf",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"setpts={seek.VideoTimestamps},trim=end={length:0.######},{FrameReader.Deinterlacing(media)}{FrameReader
                        .Shape(media, format)},showinfo=checksum=0"),
                "-vsync",
                "passthrough",
                "-pix_fmt",
                "rgb24",
                "-f",
                "rawvideo",
                "pipe:1",
            ],
            cancellation,
            log);
        var frameBytes = format.Height * format.Width * 3;
        var buffer = new GrowingBuffer<byte>(frameBytes, Math.Ceiling(length * format.FrameRate) + 2, $"frames of '{media.Path}'");
        var times = new List<double>();
        // A frame from before the start gives way to the next one that is there at the start.
        var standing = new byte[frameBytes];
        var stands = false;
        while (log.Take() is { } entry)
        {
            if (entry.Seconds <= Rounding)
            {
                if (process.Read(standing) < frameBytes) break;
                stands = true;
                continue;
            }
            if (stands && times.Count == 0) Keep(0, standing);
            var place = buffer.Next();
            if (process.Read(place) < frameBytes) break;
            // Times that stand still or go back are of no use to any player.
            if (times.Count > 0 && entry.Seconds <= times[^1] + Rounding) continue;
            times.Add(times.Count == 0 ? 0 : entry.Seconds);
            buffer.Advance(frameBytes);
        }
        if (stands && times.Count == 0) Keep(0, standing);
        var result = process.Finish();
        if (result.Errors.Count > 0) onDamage();
        var promised = Math.Min(start + (seconds ?? double.PositiveInfinity), media.PromisedVideoEnd - media.ClipStart);
        new DecodingEnd(media.Path, "picture", start, promised, 0.5).Check(result, length, process.ReasonOf(result.Errors));
        return times.Count == 0 || times[^1] >= length
            ? null
            : new Frames(buffer.ToArray(), format.Height, format.Width, format.FrameRate, times, length);

        void Keep(double time, byte[] frame)
        {
            frame.CopyTo(buffer.Next());
            buffer.Advance(frameBytes);
            times.Add(time);
        }
    }

    /// <summary>Less than between any two frames, more than containers round.</summary>
    private const double Rounding = 0.0006;
}
