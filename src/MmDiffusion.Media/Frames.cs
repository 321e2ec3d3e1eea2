namespace MmDiffusion.Media;

/// <summary>The picture of a clip: RGB frames of one size at a constant rate.</summary>
public sealed class Frames
{
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

    /// <summary>All pixels: frame, row, column, channel (red, green, blue).</summary>
    public byte[] Pixels { get; }

    /// <summary>Rows of a frame.</summary>
    public int Height { get; }

    /// <summary>Columns of a frame.</summary>
    public int Width { get; }

    /// <summary>Frames per second.</summary>
    public double Rate { get; }

    /// <summary>Number of frames.</summary>
    public int Count => Pixels.Length / FrameBytes;

    /// <summary>Bytes of one frame.</summary>
    public int FrameBytes => Height * Width * 3;

    /// <summary>Length in seconds.</summary>
    public double Duration => Count / Rate;

    /// <summary>The pixels of one frame: row, column, channel.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public ReadOnlySpan<byte> this[int index] => Pixels.AsSpan(index * FrameBytes, FrameBytes);
}
