using SkiaSharp;

namespace MmDiffusion.Media;

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
