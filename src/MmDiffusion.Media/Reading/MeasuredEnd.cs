namespace MmDiffusion.Media;

/// <summary>Where parts end of files that do not tell, not even by their packets: they are decoded.</summary>
internal static class MeasuredEnd
{
    /// <summary>The same information, with the ends of both parts.</summary>
    /// <exception cref="MmDiffusionException">The file is damaged.</exception>
    internal static MediaInformation Of(MediaInformation media, CancellationToken cancellation)
    {
        if (media is { HasVideo: true, VideoEnd: <= 0 }) media = media with { VideoEnd = media.ClipStart + VideoSeconds(media, cancellation) };
        if (media is { HasSound: true, SoundEnd: <= 0 }) media = media with { SoundEnd = media.ClipStart + SoundSeconds(media, cancellation) };
        return media.Duration > 0 ? media : media with { Duration = Math.Max(media.VideoEnd, media.SoundEnd) };
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

    private static double SoundSeconds(MediaInformation media, CancellationToken cancellation)
    {
        const int rate = 8000;
        using var reader = ClipReader.OpenSound(media, rate, cancellation: cancellation);
        var block = new float[rate];
        while (reader.Read(block) == block.Length)
        {
        }
        return (double)reader.Position / rate;
    }
}
