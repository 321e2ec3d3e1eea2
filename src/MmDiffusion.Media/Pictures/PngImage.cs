using MmDiffusion.Media.Files;
using SkiaSharp;

namespace MmDiffusion.Media.Pictures;

/// <summary>Single frames as PNG files, without loss.</summary>
public static class PngImage
{
    private const long LargestArea = 1 << 28;

    /// <summary>Writes a frame, the whole file or nothing.</summary>
    /// <param name="path">The file; missing folders are created.</param>
    /// <param name="rgb">Row, column, channel (red, green, blue).</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    /// <exception cref="MmDiffusionException">The folder cannot be written, or the disk is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> rgb, int height, int width)
    {
        using var bitmap = ToBitmap(rgb, height, width);
        Write(path, bitmap);
    }

    /// <summary>Reads a PNG (or any other picture that Skia reads) as one frame; transparency turns black.</summary>
    /// <param name="path">The file.</param>
    /// <returns>One frame, at 1 frame per second.</returns>
    /// <exception cref="MmDiffusionException">The file is missing or no picture.</exception>
    public static Frames Read(string path)
    {
        InputFile.Require(path, "PNG file");
        using var bitmap = Decode(path);
        var rgb = new byte[checked(bitmap.Width * bitmap.Height * 3)];
        CopyRgb(bitmap, rgb);
        return new Frames(rgb, bitmap.Height, bitmap.Width, 1);
    }

    internal static void Write(string path, SKBitmap bitmap) => AtomicFile.Write(path, temporary => Encode(temporary, bitmap));

    /// <summary>Writes directly, for files inside a folder that is itself renamed at the end.</summary>
    internal static void WriteNow(string path, ReadOnlySpan<byte> rgb, int height, int width)
    {
        using var bitmap = ToBitmap(rgb, height, width);
        Encode(path, bitmap);
    }

    internal static SKBitmap ToBitmap(ReadOnlySpan<byte> rgb, int height, int width)
    {
        if (height < 1 || width < 1 || rgb.Length != (long)height * width * 3)
            throw new ArgumentException($"{rgb.Length} bytes are not one {width}x{height} RGB frame", nameof(rgb));
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var (from, to) = (0, 0); from < rgb.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(pixels[to..]);
            pixels[to + 3] = 255;
        }

        return bitmap;
    }

    /// <summary>Copies the colours of a bitmap of four bytes a pixel.</summary>
    internal static void CopyRgb(SKBitmap bitmap, Span<byte> rgb)
    {
        var pixels = bitmap.GetPixelSpan();
        for (var (from, to) = (0, 0); to < rgb.Length; from += 4, to += 3) pixels.Slice(from, 3).CopyTo(rgb[to..]);
    }

    private static SKBitmap Decode(string path)
    {
        using var codec = SKCodec.Create(path)
            ?? throw new MmDiffusionException($"'{path}' is not a picture that can be read; choose a PNG file");
        if ((long)codec.Info.Width * codec.Info.Height > LargestArea)
            throw new MmDiffusionException(
                $"'{path}' has {codec.Info.Width}x{codec.Info.Height} pixels, expected at most {LargestArea}; make it "
                + "smaller, or make it again if it is damaged");
        var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) == SKCodecResult.Success) return bitmap;
        bitmap.Dispose();
        throw new MmDiffusionException($"'{path}' is damaged or cut short; copy or make it again");
    }

    private static void Encode(string path, SKBitmap bitmap)
    {
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, data.Span);
    }
}
