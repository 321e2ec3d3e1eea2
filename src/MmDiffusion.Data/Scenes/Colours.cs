using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Colours by hue, and mixtures of them.</summary>
internal static class Colours
{
    /// <summary>A colour.</summary>
    /// <param name="hue">In turns; whole turns are left out.</param>
    /// <param name="saturation">0 … 1.</param>
    /// <param name="value">0 … 1.</param>
    internal static SKColor Hsv(double hue, double saturation, double value) =>
        SKColor.FromHsv((float)((hue - Math.Floor(hue)) * 360), (float)(saturation * 100), (float)(value * 100));

    /// <summary>The colour with another opacity, 0 … 1.</summary>
    internal static SKColor Faded(this SKColor colour, double opacity) => colour.WithAlpha((byte)Math.Clamp(opacity * 255 + 0.5, 0, 255));

    /// <summary>So much of another colour mixed in, 0 … 1.</summary>
    internal static SKColor Towards(this SKColor colour, SKColor other, double share)
    {
        var part = Math.Clamp(share, 0, 1);
        return new SKColor(Mix(colour.Red, other.Red), Mix(colour.Green, other.Green), Mix(colour.Blue, other.Blue));

        byte Mix(byte from, byte to) => (byte)(from + (to - from) * part + 0.5);
    }
}
