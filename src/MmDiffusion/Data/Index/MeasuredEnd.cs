using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>Where pictures end whose files do not tell.</summary>
internal static class MeasuredEnd
{
    /// <summary>The same information, with the picture's end; it is decoded where nothing else tells.</summary>
    /// <exception cref="MmDiffusionException">The file is damaged.</exception>
    internal static MediaInformation Of(MediaInformation media, CancellationToken cancellation)
    {
        if (!media.HasVideo || media.VideoEnd > 0) return media;
        if (media is { Duration: > 0, HasSound: false }) return media with { VideoEnd = media.Duration };
        const int tiny = 16;
        var rate = media.FrameRate is > 0 and <= 1000 ? media.FrameRate : 25;
        using var reader = ClipReader.OpenFrames(media, new ClipFormat(tiny, tiny, rate, 0), cancellation: cancellation);
        var frame = new byte[reader.FrameBytes];
        while (reader.Read(frame))
        {
        }
        return media with { VideoEnd = reader.Position / rate };
    }
}
