using SkiaSharp;

namespace MmDiffusion.Media.Pictures;

/// <summary>A picture of clips: a row of frames over time for each, and its waveform under them across the whole row.</summary>
public static class ContactSheet
{
    private const int Gap = 4;
    private const int LabelHeight = 20;
    private const long LargestArea = 1 << 28;

    /// <summary>Draws a sheet and writes it as PNG, the whole file or nothing.</summary>
    /// <param name="path">The file; missing folders are created.</param>
    /// <param name="clips">At least one clip, each with at least one frame.</param>
    /// <param name="options">The looks, null for the defaults.</param>
    /// <exception cref="MmDiffusionException">There is nothing to draw, the sheet would be too large, or it cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<Clip> clips, ContactSheetOptions? options = null)
    {
        using var bitmap = Draw(clips, options ?? new ContactSheetOptions());
        PngImage.Write(path, bitmap);
    }

    /// <summary>Draws a sheet as PNG in memory.</summary>
    /// <param name="clips">At least one clip, each with at least one frame.</param>
    /// <param name="options">The looks, null for the defaults.</param>
    /// <returns>The PNG's bytes, its rows and its columns.</returns>
    /// <exception cref="MmDiffusionException">There is nothing to draw, or the sheet would be too large.</exception>
    public static (byte[] Png, int Height, int Width) Encode(IReadOnlyList<Clip> clips, ContactSheetOptions? options = null)
    {
        using var bitmap = Draw(clips, options ?? new ContactSheetOptions());
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return (data.ToArray(), bitmap.Height, bitmap.Width);
    }

    internal static SKBitmap Draw(IReadOnlyList<Clip> clips, ContactSheetOptions options)
    {
        if (clips.Count == 0 || clips.Any(clip => clip.Frames.Count == 0))
            throw new MmDiffusionException("a contact sheet needs at least one clip, and each clip at least one frame");
        if (options is { FrameHeight: < 8 or > 2048 } or { Columns: < 0 } or { WaveformHeight: < 0 } or { Margin: < 0 })
            throw new MmDiffusionException("a contact sheet needs frames of 8 to 2048 pixels and no negative sizes");

        using var typeface = options.Labels is { Count: > 0 } ? Caption.FindTypeface() : null;
        var rows = clips.Select(clip => new Row(clip, options)).ToArray();
        var labelHeight = typeface is null ? 0 : LabelHeight;
        var rowHeight = labelHeight + options.FrameHeight + (options.WaveformHeight > 0 ? Gap + options.WaveformHeight : 0);
        var width = 2L * options.Margin + rows.Max(row => row.Width);
        var height = options.Margin + (long)rows.Length * (rowHeight + options.Margin);
        if (width * height > LargestArea)
            throw new MmDiffusionException(
                $"a contact sheet of {width}x{height} pixels is too large; choose fewer or smaller clips and columns");

        var theme = SheetTheme.Of(options.Light);
        var bitmap = new SKBitmap(new SKImageInfo((int)width, (int)height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(theme.Background);
        for (var i = 0; i < rows.Length; i++)
        {
            var top = options.Margin + i * (rowHeight + options.Margin);
            if (typeface is not null && i < options.Labels!.Count)
                Caption.Draw(canvas, typeface, options.Labels[i], options.Margin, top + 13, theme.Text);
            rows[i].DrawFrames(canvas, options.Margin, top + labelHeight);
            if (options.WaveformHeight == 0) continue;
            var left = options.Margin;
            var strip = new SKRect(left, top + rowHeight - options.WaveformHeight, left + rows[i].Width, top + rowHeight);
            Waveform.Draw(canvas, strip, clips[i], theme);
        }

        return bitmap;
    }

    /// <summary>The frames of one clip, chosen and measured.</summary>
    private sealed class Row
    {
        private readonly Frames _frames;
        private readonly int _columns;
        private readonly int _frameHeight;
        private readonly int _frameWidth;

        internal Row(Clip clip, ContactSheetOptions options)
        {
            _frames = clip.Frames;
            _columns = options.Columns == 0 ? _frames.Count : Math.Min(options.Columns, _frames.Count);
            _frameHeight = options.FrameHeight;
            _frameWidth = Math.Max(1, (int)Math.Round((double)_frameHeight * _frames.Width / _frames.Height));
        }

        internal int Width => _columns * (_frameWidth + Gap) - Gap;

        internal void DrawFrames(SKCanvas canvas, int left, int top)
        {
            // Each column stands for an equal stretch of time, shown by the frame in its middle, so that it fits the waveform below.
            var sampling = _frameHeight > _frames.Height
                ? new SKSamplingOptions(SKCubicResampler.Mitchell)
                : new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
            for (var column = 0; column < _columns; column++)
            {
                var index = (int)((column + 0.5) * _frames.Count / _columns);
                using var bitmap = PngImage.ToBitmap(_frames[index], _frames.Height, _frames.Width);
                using var image = SKImage.FromBitmap(bitmap);
                canvas.DrawImage(image, SKRect.Create(left + column * (_frameWidth + Gap), top, _frameWidth, _frameHeight), sampling);
            }
        }
    }
}

/// <summary>The looks of a <see cref="ContactSheet"/>.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Frames shown of each clip, evenly chosen over time; 0 for all.</summary>
    public int Columns { get; init; } = 8;

    /// <summary>Height of a frame on the sheet in pixels, 8 to 2048; its width follows the clip.</summary>
    public int FrameHeight { get; init; } = 128;

    /// <summary>Height of the waveform under each row in pixels, 0 for none.</summary>
    public int WaveformHeight { get; init; } = 56;

    /// <summary>Pixels around the sheet and between rows.</summary>
    public int Margin { get; init; } = 20;

    /// <summary>White paper instead of a dark background.</summary>
    public bool Light { get; init; }

    /// <summary>
    /// A small caption above each row, in order; null or too few leave rows without. Not drawn where no font is installed.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; init; }
}

/// <summary>The colours of a contact sheet.</summary>
internal sealed record SheetTheme(SKColor Background, SKColor Strip, SKColor Wave, SKColor Axis, SKColor Text)
{
    private static SheetTheme Dark { get; } = Of(0x14161A, 0x1E2127, 0x5CC8B8, 0x3A3F48, 0xB4BAC4);

    private static SheetTheme White { get; } = Of(0xFFFFFF, 0xF3F5F8, 0x2F6FB5, 0xD0D6DE, 0x4A515C);

    internal static SheetTheme Of(bool light) => light ? White : Dark;

    private static SheetTheme Of(uint background, uint strip, uint wave, uint axis, uint text) =>
        new(Opaque(background), Opaque(strip), Opaque(wave), Opaque(axis), Opaque(text));

    private static SKColor Opaque(uint rgb) => new(0xFF000000 | rgb);
}

/// <summary>Small text, where a font is installed: the native Skia build in use brings none and knows no font configuration.</summary>
internal static class Caption
{
    /// <summary>A sans-serif face, any face that can write letters, or null.</summary>
    internal static SKTypeface? FindTypeface()
    {
        var fonts = SKFontManager.Default;
        var families = fonts.FontFamilies.OrderBy(Preference).ThenBy(name => name, StringComparer.Ordinal);
        foreach (var family in families)
        {
            var typeface = fonts.MatchFamily(family);
            if (typeface is not null && typeface.ContainsGlyphs("mMdiff 0123")) return typeface;
            typeface?.Dispose();
        }

        return null;
    }

    internal static void Draw(SKCanvas canvas, SKTypeface typeface, string text, float left, float baseline, SKColor colour)
    {
        using var font = new SKFont(typeface, 13) { Subpixel = true };
        using var paint = new SKPaint { IsAntialias = true, Color = colour };
        canvas.DrawText(text, left, baseline, font, paint);
    }

    private static int Preference(string family) => family switch
    {
        "DejaVu Sans" or "Liberation Sans" or "Noto Sans" or "Arial" or "Helvetica" => 0,
        _ when family.Contains("Sans", StringComparison.Ordinal) && !family.Contains("Mono", StringComparison.Ordinal) => 1,
        _ => 2,
    };
}
