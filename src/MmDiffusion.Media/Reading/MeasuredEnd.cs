using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>Where parts end of files that do not tell, not even by their packets: they are decoded.</summary>
internal static class MeasuredEnd
{
    /// <summary>The same information, with the ends of both parts.</summary>
    /// <exception cref="MmDiffusionException">The file is damaged.</exception>
    internal static MediaInformation Of(MediaInformation media, CancellationToken cancellation)
    {
        if (media is { HasVideo: true, VideoEnd: <= 0 })
            media = media with { VideoEnd = media.ClipStart + VideoSeconds(media, cancellation) };
        if (media is { HasAudio: true, AudioEnd: <= 0 })
            media = media with { AudioEnd = media.ClipStart + AudioSeconds(media, cancellation) };
        return media.Duration > 0 ? media : media with { Duration = Math.Max(media.VideoEnd, media.AudioEnd) };
    }

    private static double VideoSeconds(MediaInformation media, CancellationToken cancellation)
    {
        const int tiny = 16;
        var rate = media.GridRate is > 0 and <= 1000 ? media.GridRate : 25;
        using var reader = ClipReader.OpenFrames(media, new ClipFormat(tiny, tiny, rate, 0), cancellation: cancellation);
        var frame = new byte[reader.FrameBytes];
        while (reader.Read(frame))
        {
        }
        return reader.Position / rate;
    }

    private static double AudioSeconds(MediaInformation media, CancellationToken cancellation)
    {
        const int rate = 8000;
        using var reader = ClipReader.OpenAudio(media, rate, cancellation: cancellation);
        var block = new float[rate];
        while (reader.Read(block) == block.Length)
        {
        }
        return (double)reader.Position / rate;
    }
}

/// <summary>
/// Judges the end of decoding: ffmpeg reports success for a file that breaks off, so what arrived is compared with what the file's
/// header promised.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Part">"picture" or "sound", for the message.</param>
/// <param name="Start">Where reading began, seconds.</param>
/// <param name="Promised">Where the part should end, seconds; 0 where unknown.</param>
/// <param name="Tolerance">How many seconds an intact file may end early: headers round and count padding.</param>
internal sealed record DecodingEnd(string Path, string Part, double Start, double Promised, double Tolerance)
{
    /// <summary>Checks a decoder that ended by itself.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="seconds">How much it gave.</param>
    /// <param name="reason">Why it ended, see <see cref="FfmpegProcess.ReasonOf"/>.</param>
    /// <exception cref="MmDiffusionException">It failed, or broke off before the promised end with complaints.</exception>
    internal void Check((bool Succeeded, IReadOnlyList<string> Errors) result, double seconds, string reason)
    {
        if (!result.Succeeded)
            throw new MmDiffusionException($"the {Part} of '{Path}' cannot be decoded: {reason}; choose another file");
        if (result.Errors.Count > 0 && Start + seconds < Promised - Tolerance)
        {
            throw new MmDiffusionException(
                $"the {Part} of '{Path}' breaks off at {Start + seconds:0.##} s of {Promised:0.##} s ({reason}); "
                + "the file is damaged or cut short: copy or download it again, or read only what comes before");
        }
    }
}
