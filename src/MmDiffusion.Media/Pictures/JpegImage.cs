using SkiaSharp;

namespace MmDiffusion.Media.Pictures;

/// <summary>What JPEG compression does to frames.</summary>
public static class JpegImage
{
    /// <summary>Compresses each frame and decodes it again.</summary>
    /// <param name="frames">Any number and size.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>Frames of the same size.</returns>
    public static Frames Recompress(Frames frames, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var result = new byte[frames.Pixels.Length];
        var size = frames.Height * frames.Width * 3;
        for (var i = 0; i < frames.Count; i++)
            Recompress(frames.Pixels.AsSpan(i * size, size), result.AsSpan(i * size, size), frames.Height, frames.Width, quality);
        return new Frames(result, frames.Height, frames.Width, frames.Rate);
    }

    private static void Recompress(ReadOnlySpan<byte> source, Span<byte> target, int height, int width, int quality)
    {
        using var bitmap = PngImage.ToBitmap(source, height, width);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        using var decoded = SKBitmap.Decode(encoded.AsSpan(), bitmap.Info);
        PngImage.CopyRgb(decoded, target);
    }
}
