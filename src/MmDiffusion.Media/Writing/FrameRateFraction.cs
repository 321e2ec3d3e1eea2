using System.Numerics;

namespace MmDiffusion.Media.Writing;

/// <summary>Frame rates as fractions, which is how containers store them.</summary>
internal static class FrameRateFraction
{
    /// <summary>The simplest usual fraction (whole, or over 1001 as television has it) within a millionth, else in millionths.</summary>
    internal static (int Rate, int Scale) Of(double rate)
    {
        foreach (var scale in (ReadOnlySpan<int>)[1, 1001])
        {
            var whole = scale == 1 ? Math.Round(rate) : Math.Round(rate * 1.001) * 1000;
            if (whole >= 1 && Math.Abs(whole / scale - rate) <= 1e-6 * rate) return ((int)whole, scale);
        }

        // The denominator is as large as the numerator's 32 bits allow.
        var fine = rate < 2000 ? 1_000_000 : 1;
        var divisor = (int)BigInteger.GreatestCommonDivisor((long)Math.Round(rate * fine), fine);
        return ((int)Math.Round(rate * fine) / divisor, fine / divisor);
    }
}
