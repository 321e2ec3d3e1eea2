using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media;

/// <summary>The picture of a clip: RGB frames of one size, at a constant rate or each with its own time.</summary>
public sealed class Frames
{
    private readonly double? _duration;

    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="pixels">RGB, 8 bits a channel, in the order frame, row, column, channel.</param>
    /// <param name="height">Rows of a frame, at least 1.</param>
    /// <param name="width">Columns of a frame, at least 1.</param>
    /// <param name="rate">Frames per second, above 0.</param>
    /// <exception cref="ArgumentException">The number of bytes is not a whole number of frames.</exception>
    public Frames(byte[] pixels, int height, int width, double rate)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        if (pixels.Length % (height * width * 3) != 0)
            throw new ArgumentException($"{pixels.Length} bytes are not a whole number of {width}x{height} RGB frames", nameof(pixels));
        Pixels = pixels;
        Height = height;
        Width = width;
        Rate = rate;
    }

    /// <summary>Wraps frames that are not evenly spaced, without copying them.</summary>
    /// <param name="pixels">As of the other constructor.</param>
    /// <param name="height">Rows of a frame, at least 1.</param>
    /// <param name="width">Columns of a frame, at least 1.</param>
    /// <param name="rate">Frames per second of an even grid that has a place for each, above 0.</param>
    /// <param name="times">When each frame is shown, seconds: ascending, from 0.</param>
    /// <param name="duration">When the last one ends, seconds.</param>
    /// <exception cref="ArgumentException">The number of bytes or times is wrong, or the times do not ascend from 0 to the end.</exception>
    public Frames(byte[] pixels, int height, int width, double rate, IReadOnlyList<double> times, double duration)
        : this(pixels, height, width, rate)
    {
        if (times.Count != Count) throw new ArgumentException($"{times.Count} times do not go with {Count} frames", nameof(times));
        if (times is not [0, ..] || times[^1] >= duration || times.Zip(times.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException("times must ascend from 0 and lie before the end", nameof(times));
        (Times, _duration) = (times, duration);
    }

    /// <summary>All pixels: frame, row, column, channel (red, green, blue).</summary>
    public byte[] Pixels { get; }

    /// <summary>Rows of a frame.</summary>
    public int Height { get; }

    /// <summary>Columns of a frame.</summary>
    public int Width { get; }

    /// <summary>Frames per second; of an even grid that has a place for each frame where they are not evenly spaced.</summary>
    public double Rate { get; }

    /// <summary>When each frame is shown, seconds after the first; null where they are evenly spaced.</summary>
    public IReadOnlyList<double>? Times { get; }

    /// <summary>Number of frames.</summary>
    public int Count => Pixels.Length / FrameBytes;

    /// <summary>Bytes of one frame.</summary>
    public int FrameBytes => Height * Width * 3;

    /// <summary>Length in seconds.</summary>
    public double Duration => _duration ?? Count / Rate;

    /// <summary>The pixels of one frame: row, column, channel.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public ReadOnlySpan<byte> this[int index] => Pixels.AsSpan(index * FrameBytes, FrameBytes);

    /// <summary>When a frame is shown, seconds after the first.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public double TimeOf(int index) => Times?[index] ?? index / Rate;

    /// <summary>Frames of another size, shown at the times of these.</summary>
    /// <param name="other">As many frames.</param>
    public Frames TimesFor(Frames other) =>
        Times is null || other.Count == 0 ? other : new Frames(other.Pixels, other.Height, other.Width, Rate, Times, Duration);

    /// <summary>The same evenly spaced, at <see cref="Rate"/>: frames are repeated where others stand for longer.</summary>
    public Frames EvenlySpaced()
    {
        if (Times is null) return this;
        var count = Math.Max(1, (int)Math.Round(Duration * Rate));
        var pixels = new byte[checked(count * FrameBytes)];
        for (int i = 0, shown = 0; i < count; i++)
        {
            while (shown + 1 < Count && Times[shown + 1] < (i + 0.5) / Rate) shown++;
            this[shown].CopyTo(pixels.AsSpan(i * FrameBytes));
        }
        return new Frames(pixels, Height, Width, Rate);
    }
}

/// <summary>A picture and its sound, both starting at time 0.</summary>
/// <param name="Frames">The picture.</param>
/// <param name="Audio">The sound.</param>
public sealed record Clip(Frames Frames, Audio Audio)
{
    /// <summary>
    /// The sound as a file has it, which is then stored instead of <see cref="Audio"/>; null where the sound is of no file.
    /// </summary>
    public OriginalAudio? OriginalAudio { get; init; }

    /// <summary>
    /// The picture as a file has it, which is then copied instead of storing <see cref="Frames"/> where the format can hold it; null where
    /// the frames are of no file.
    /// </summary>
    public OriginalVideo? OriginalVideo { get; init; }
}

/// <summary>The sound of a clip: one channel of samples at a constant rate.</summary>
/// <param name="Samples">Samples in [-1, 1].</param>
/// <param name="Rate">Samples per second.</param>
public sealed record Audio(float[] Samples, int Rate)
{
    /// <summary>
    /// A sound whose every sample is below this (-60 dB) is silent: what dither and lossy codecs make of silence stays below it.
    /// </summary>
    public const float SilentPeak = 0.001f;

    /// <summary>Whether it is the mean of several channels of a file, since the first is silent.</summary>
    public bool IsMix { get; init; }

    /// <summary>Length in seconds.</summary>
    public double Duration => (double)Samples.Length / Rate;

    /// <summary>Whether no sample reaches <see cref="SilentPeak"/>.</summary>
    /// <param name="samples">Any number.</param>
    public static bool IsSilent(ReadOnlySpan<float> samples)
    {
        foreach (var sample in samples)
            if (Math.Abs(sample) >= SilentPeak) return false;
        return true;
    }
}
