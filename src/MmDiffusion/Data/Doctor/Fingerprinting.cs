using System.Runtime.InteropServices;
using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>Takes fingerprints: decodes a file once, at a small size.</summary>
internal static class Fingerprinting
{
    /// <summary>Frames per second that are looked at: what the lag is measured with.</summary>
    internal const int FrameRate = 20;

    private const int FramesOfTick = FrameRate / Fingerprint.TicksPerSecond;
    private const int SampleRate = 16_000;
    private const int SamplesOfFrame = SampleRate / FrameRate;
    private const int Width = 4 * FrameHash.Columns;

    /// <summary>Decodes the parts that a file has.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    internal static Fingerprint Take(MediaInformation media, CancellationToken cancellation)
    {
        try
        {
            var isDamaged = false;
            var sound = media.HasSound ? Listen(media, ref isDamaged, cancellation) : [];
            if (media.Channels > 1 && Peak(sound) < Sound.SilentPeak && ClipReader.ChooseChannels(media, cancellation) is { IsMixHeard: true } heard)
                (media, sound) = (heard, Listen(heard, ref isDamaged, cancellation));
            var seen = media.HasVideo ? Watch(media, sound, ref isDamaged, cancellation) : new Fingerprint { Peak = Peak(sound) };
            seen = seen with { IsMix = media.IsMixHeard };
            return isDamaged ? seen with { Damage = [.. MediaDamage.Find(media, cancellation: cancellation).Select(damage => $"{damage}")] } : seen;
        }
        catch (MmDiffusionException exception)
        {
            return new Fingerprint { Failure = exception.Message };
        }
    }

    private static Fingerprint Watch(MediaInformation media, IReadOnlyList<(float Peak, float Power)> sound, ref bool isDamaged, CancellationToken cancellation)
    {
        var height = Math.Clamp((int)Math.Round((double)Width * media.Height / media.Width), FrameHash.Rows, 4 * Width);
        using var reader = ClipReader.OpenFrames(media, new ClipFormat(height, Width, FrameRate, SampleRate), cancellation: cancellation);
        var frame = new byte[reader.FrameBytes];
        var (grid, previous) = (new float[FrameHash.Rows * FrameHash.Columns], new float[FrameHash.Rows * FrameHash.Columns]);
        var (hashes, changes, motion, contrast) = (new List<ulong>(), new List<float>(), 0f, 0f);
        while (reader.Read(frame))
        {
            FrameHash.Shrink(frame, height, Width, grid);
            var first = changes.Count == 0;
            if (changes.Count % FramesOfTick == 0) hashes.Add(FrameHash.Of(grid));
            changes.Add(first ? 0 : grid.Zip(previous, (now, before) => Math.Abs(now - before)).Average());
            if (!first) motion = Math.Max(motion, grid.Zip(previous, (now, before) => Math.Abs(now - before)).Max());
            contrast = Math.Max(contrast, grid.Max() - grid.Min());
            (grid, previous) = (previous, grid);
        }
        isDamaged |= reader.HasComplaints;
        return new Fingerprint
        {
            Frames = MemoryMarshal.AsBytes(hashes.ToArray().AsSpan()).ToArray(),
            Loudness = [.. hashes.Select((_, tick) => Decibels(sound, tick))],
            Peak = Peak(sound),
            Motion = motion,
            Contrast = contrast,
            Lag = SoundLag.Estimate(changes, [.. sound.Select(part => MathF.Sqrt(part.Power))]),
        };
    }

    /// <summary>The largest sample and the mean power beside each frame.</summary>
    private static List<(float Peak, float Power)> Listen(MediaInformation media, ref bool isDamaged, CancellationToken cancellation)
    {
        using var reader = ClipReader.OpenSound(media, SampleRate, cancellation: cancellation);
        var (samples, parts) = (new float[SamplesOfFrame], new List<(float, float)>());
        int read;
        while ((read = reader.Read(samples)) > 0)
        {
            var (peak, power) = (0f, 0f);
            foreach (var sample in samples.AsSpan(0, read)) (peak, power) = (Math.Max(peak, Math.Abs(sample)), power + sample * sample / SamplesOfFrame);
            parts.Add((peak, power));
        }
        isDamaged |= reader.HasComplaints;
        return parts;
    }

    private static float Peak(IReadOnlyList<(float Peak, float Power)> sound) => sound.Count == 0 ? 0 : sound.Max(part => part.Peak);

    private static byte Decibels(IReadOnlyList<(float Peak, float Power)> sound, int tick)
    {
        var power = sound.Skip(tick * FramesOfTick).Take(FramesOfTick).Select(part => part.Power).DefaultIfEmpty(0).Average();
        return (byte)Math.Clamp(90 + 10 * Math.Log10(power + 1e-12), 0, 90);
    }
}
