using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Data.Doctor;

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
            var sound = media.HasAudio ? Listen(media, ref isDamaged, cancellation) : [];
            if (media.HasAudio
                && Peak(sound) < Audio.SilentPeak
                && ClipReader.ChooseChannels(media, cancellation) is { IsMixHeard: true } heard)
                (media, sound) = (heard, Listen(heard, ref isDamaged, cancellation));
            var seen = media.HasVideo ? Watch(media, sound, ref isDamaged, cancellation) : new Fingerprint { Peak = Peak(sound) };
            seen = seen with { IsMix = media.IsMixHeard };
            return isDamaged
                ? seen with { Damage = [.. MediaDamage.Find(media, cancellation: cancellation).Select(damage => $"{damage}")] }
                : seen;
        }
        catch (MmDiffusionException exception)
        {
            return new Fingerprint { Failure = exception.Message };
        }
    }

    private static Fingerprint Watch(
        MediaInformation media,
        IReadOnlyList<(float Peak, float Power)> sound,
        ref bool isDamaged,
        CancellationToken cancellation)
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
            Lag = AudioLag.Estimate(changes, [.. sound.Select(part => MathF.Sqrt(part.Power))]),
        };
    }

    /// <summary>The largest sample and the mean power beside each frame.</summary>
    private static List<(float Peak, float Power)> Listen(MediaInformation media, ref bool isDamaged, CancellationToken cancellation)
    {
        using var reader = ClipReader.OpenAudio(media, SampleRate, cancellation: cancellation);
        var (samples, parts) = (new float[SamplesOfFrame], new List<(float, float)>());
        int read;
        while ((read = reader.Read(samples)) > 0)
        {
            var (peak, power) = (0f, 0f);
            foreach (var sample in samples.AsSpan(0, read))
                (peak, power) = (Math.Max(peak, Math.Abs(sample)), power + sample * sample / SamplesOfFrame);
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

/// <summary>What is remembered of a file's content: enough to know it again when it was re-encoded, resized, louder or cut.</summary>
internal sealed record Fingerprint
{
    /// <summary>Hashes and levels per second.</summary>
    internal const int TicksPerSecond = 4;

    /// <summary>Little-endian 64-bit hashes of frames, <see cref="TicksPerSecond"/>; 0 for frames without detail.</summary>
    public byte[] Frames { get; init; } = [];

    /// <summary>Loudness beside each hash: decibels above -90.</summary>
    public byte[] Loudness { get; init; } = [];

    /// <summary>The largest sample, 0 to 1.</summary>
    public double Peak { get; init; }

    /// <summary>Whether the first channel is silent throughout, and the mean of others is heard.</summary>
    public bool IsMix { get; init; }

    /// <summary>The largest change of brightness from one frame to the next at any place, in levels of 255.</summary>
    public double Motion { get; init; }

    /// <summary>The largest difference of brightness within a frame, in levels of 255.</summary>
    public double Contrast { get; init; }

    /// <summary>Seconds by which the sound comes after what is seen; null where nothing tells.</summary>
    public double? Lag { get; init; }

    /// <summary>Why the file could not be decoded; null where it could.</summary>
    public string? Failure { get; init; }

    /// <summary>Where it is damaged, a clause for each part; empty where it is not.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    [JsonIgnore]
    internal ReadOnlySpan<ulong> Hashes => MemoryMarshal.Cast<byte, ulong>(Frames);
}

/// <summary>
/// The difference hash of a frame: 8 rows of 8 bits, each telling whether brightness falls from one place to the next on its right.
/// It survives scaling, compression and changes of brightness.
/// </summary>
internal static class FrameHash
{
    internal const int Columns = 9;
    internal const int Rows = 8;

    /// <summary>Levels that noise does not reach.</summary>
    private const float Clear = 2;

    /// <summary>Fewer clear differences than this do not tell frames apart.</summary>
    private const int FewestClear = 16;

    /// <summary>Hashes a frame; 0 where it has too little detail.</summary>
    /// <param name="grid">Brightness [8,9], 0 to 255.</param>
    internal static ulong Of(ReadOnlySpan<float> grid)
    {
        var (hash, clear) = (0UL, 0);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns - 1; column++)
            {
                var fall = grid[row * Columns + column] - grid[row * Columns + column + 1];
                hash = (hash << 1) | (fall > 0 ? 1UL : 0);
                if (Math.Abs(fall) > Clear) clear++;
            }
        }
        return clear >= FewestClear ? hash : 0;
    }

    /// <summary>Brightness of a frame on a coarse grid.</summary>
    /// <param name="frame">[H,W,3].</param>
    /// <param name="height">At least <see cref="Rows"/>.</param>
    /// <param name="width">At least <see cref="Columns"/>.</param>
    /// <param name="grid">Receives [8,9].</param>
    internal static void Shrink(ReadOnlySpan<byte> frame, int height, int width, Span<float> grid)
    {
        Span<int> counts = stackalloc int[Rows * Columns];
        counts.Clear();
        grid.Clear();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var cell = y * Rows / height * Columns + x * Columns / width;
                var at = (y * width + x) * 3;
                grid[cell] += 0.299f * frame[at] + 0.587f * frame[at + 1] + 0.114f * frame[at + 2];
                counts[cell]++;
            }
        }
        for (var i = 0; i < grid.Length; i++) grid[i] /= counts[i];
    }
}
