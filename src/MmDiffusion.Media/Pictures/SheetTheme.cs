using SkiaSharp;

namespace MmDiffusion.Media;

/// <summary>The colours of a contact sheet.</summary>
internal sealed record SheetTheme(SKColor Background, SKColor Strip, SKColor Wave, SKColor Axis, SKColor Text)
{
    private static readonly SheetTheme Dark = new(new(0x14161A), new(0x1E2127), new(0x5CC8B8), new(0x3A3F48), new(0xB4BAC4));
    private static readonly SheetTheme White = new(new(0xFFFFFF), new(0xF3F5F8), new(0x2F6FB5), new(0xD0D6DE), new(0x4A515C));

    internal static SheetTheme Of(bool light)
    {
        var theme = light ? White : Dark;
        return new(theme.Background.WithAlpha(255), theme.Strip.WithAlpha(255), theme.Wave.WithAlpha(255), theme.Axis.WithAlpha(255), theme.Text.WithAlpha(255));
    }
}
