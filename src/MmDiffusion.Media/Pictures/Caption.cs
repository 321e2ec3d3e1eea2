using SkiaSharp;

namespace MmDiffusion.Media;

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
