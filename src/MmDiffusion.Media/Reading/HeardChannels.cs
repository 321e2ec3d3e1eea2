using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Which channels a model hears. As in the paper it is the first one; but where that is silent and another is not (a speaker on the right,
/// a voice in the centre of 5.1), it is the mean of those that are not.
/// </summary>
internal static class HeardChannels
{
    private static readonly ConditionalWeakTable<MediaInformation, IReadOnlyList<int>> OfWholeFiles = [];

    /// <summary>The filter that takes one channel out of all; channels are mixed before anything else is done.</summary>
    /// <param name="mix">Channels whose mean is wanted; empty for the first.</param>
    internal static string Pan(IReadOnlyList<int> mix)
    {
        if (mix.Count == 0) return "pan=mono|c0=c0";
        var share = (1.0 / mix.Count).ToString("0.#########", CultureInfo.InvariantCulture);
        return "pan=mono|c0=" + string.Join('+', mix.Select(channel => string.Create(CultureInfo.InvariantCulture, $"{share}*c{channel}")));
    }

    /// <summary>The file with the mix to hear of a stretch, whose first channel was found silent.</summary>
    /// <returns>The same object where the first channel stays, since no other is heard either.</returns>
    internal static MediaInformation InStretch(MediaInformation media, double start, double? duration, CancellationToken cancellation) =>
        media.Mix.Count > 0 ? media : With(media, Find(media, start, duration, cancellation));

    /// <summary>
    /// The file with the mix to hear throughout it, so that stretches of it which are read one by one agree. The file is decoded once, and
    /// only as far as the first sound in its first channel.
    /// </summary>
    /// <returns>The same object where the first channel stays.</returns>
    internal static MediaInformation InFile(MediaInformation media, CancellationToken cancellation) =>
        media.Mix.Count > 0
            ? media
            : With(media, OfWholeFiles.GetValue(media, file => Find(file, 0, null, cancellation)));

    private static MediaInformation With(MediaInformation media, IReadOnlyList<int> mix) =>
        mix.Count == 0 ? media : media with { Mix = mix };

    private static int[] Find(MediaInformation media, double start, double? duration, CancellationToken cancellation)
    {
        // The header tells how many channels there are at the beginning; more may come later.
        var peaks = Peaks(media, Math.Max(2, media.Channels), start, duration, out var most, cancellation);
        if (peaks.Length < most && peaks[0] < Audio.SilentPeak) peaks = Peaks(media, most, start, duration, out _, cancellation);
        return peaks[0] >= Audio.SilentPeak
            ? []
            : [.. Enumerable.Range(0, peaks.Length).Where(channel => peaks[channel] >= Audio.SilentPeak)];
    }

    /// <summary>The loudest sample of each channel; it is not read beyond the first sound in the first one.</summary>
    private static float[] Peaks(
        MediaInformation media, int channels, double start, double? duration, out int most, CancellationToken cancellation)
    {
        var peaks = new float[channels];
        var count = duration is { } seconds ? Math.Max(1, (long)Math.Round(seconds * media.SampleRate)) : (long?)null;
        using var reader = new SampleReader(
            media, new SeekPoint(media, start), media.SampleRate, count, SampleReader.All(channels), channels, "pcm_f32le", cancellation);
        var block = new float[4096 * channels];
        int read;
        do
        {
            read = reader.Read(MemoryMarshal.AsBytes(block.AsSpan())) / sizeof(float);
            for (var i = 0; i < read; i++) peaks[i % channels] = Math.Max(peaks[i % channels], Math.Abs(block[i]));
        }
        while (read == block.Length && peaks[0] < Audio.SilentPeak);
        // How decoding ended was judged when the first channel was read.
        if (read < block.Length) reader.Finish(out _);
        most = reader.MostChannels;
        return peaks;
    }
}
