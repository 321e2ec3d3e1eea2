using System.Runtime.CompilerServices;

namespace MmDiffusion.Primitives;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words as a function of a key and a
/// counter, so that values may be computed in any order, or again. What is made of the words uses only operations that IEEE 754 rounds
/// exactly, one after the other, so that values are the same on every processor and system, and with any number of threads.
/// </summary>
internal static unsafe class Philox
{
    /// <summary>Words that come of one counter.</summary>
    internal const int Words = 4;

    private const double Tau = 2 * Math.PI;
    private const double Ln2 = 0.693147180559945309417232121458;

    /// <summary>Computes the words of one counter.</summary>
    /// <param name="key">The lower half is the first word of the key.</param>
    /// <param name="c0">First word of the counter.</param>
    /// <param name="c1">Second word of the counter.</param>
    /// <param name="c2">Third word of the counter.</param>
    /// <param name="c3">Fourth word of the counter.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (uint, uint, uint, uint) Block(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            ulong left = (ulong)c0 * 0xD2511F53, right = (ulong)c2 * 0xCD9E8D57;
            (c0, c1, c2, c3) = ((uint)(right >> 32) ^ c1 ^ k0, (uint)right, (uint)(left >> 32) ^ c3 ^ k1, (uint)left);
            (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Fills memory with standard normal values (Box and Muller, 1958).</summary>
    /// <param name="stream">Which values: as many from the same stream begin with the same ones.</param>
    /// <param name="target">The first value.</param>
    /// <param name="count">How many.</param>
    internal static void Normal(PhiloxStream stream, float* target, long count)
    {
        var end = count - count % Words;
        for (long i = 0; i < end; i += Words) Normal(stream.Block(i / Words), target + i);
        if (end == count) return;
        var last = stackalloc float[Words];
        Normal(stream.Block(end / Words), last);
        for (var i = end; i < count; i++) target[i] = last[i - end];
    }

    /// <summary>Fills memory with values uniform in [0, 1), multiples of 2⁻²⁴.</summary>
    /// <param name="stream">Which values.</param>
    /// <param name="target">The first value.</param>
    /// <param name="count">How many.</param>
    internal static void Uniform(PhiloxStream stream, float* target, long count)
    {
        var end = count - count % Words;
        for (long i = 0; i < end; i += Words) Uniform(stream.Block(i / Words), target + i);
        if (end == count) return;
        var last = stackalloc float[Words];
        Uniform(stream.Block(end / Words), last);
        for (var i = end; i < count; i++) target[i] = last[i - end];
    }

    /// <summary>Fills memory with integers uniform in 0 … upper - 1, two to a counter.</summary>
    /// <param name="stream">Which values.</param>
    /// <param name="upper">The exclusive upper bound, at least 1.</param>
    /// <param name="target">The first value.</param>
    /// <param name="count">How many.</param>
    internal static void Integers(PhiloxStream stream, ulong upper, long* target, long count)
    {
        for (long i = 0; i < count; i += 2)
        {
            var (a, b, c, d) = stream.Block(i / 2);
            target[i] = (long)Math.BigMul((ulong)b << 32 | a, upper, out _);
            if (i + 1 < count) target[i + 1] = (long)Math.BigMul((ulong)d << 32 | c, upper, out _);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Normal((uint A, uint B, uint C, uint D) words, float* target)
    {
        Pair(words.A, words.B, target);
        Pair(words.C, words.D, target + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Uniform((uint A, uint B, uint C, uint D) words, float* target)
    {
        const float Step = 1f / (1 << 24);
        (target[0], target[1], target[2], target[3]) = ((words.A >> 8) * Step, (words.B >> 8) * Step, (words.C >> 8) * Step, (words.D >> 8)
            * Step);
    }

    /// <summary>Two independent normal values: a radius from one word, an angle from the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(uint radius, uint angle, float* target)
    {
        var r = Math.Sqrt(-2 * Log((radius + 0.5) * (1.0 / 4294967296)));
        var (sine, cosine) = SineCosine(angle);
        (target[0], target[1]) = ((float)(r * cosine), (float)(r * sine));
    }

    /// <summary>The natural logarithm of a positive normal number, to about 10⁻¹⁵: x = m 2^e, ln m = 2 artanh((m-1)/(m+1)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Log(double x)
    {
        // m in [√½, √2): the bits of √½ subtracted, what is above the fraction is the exponent.
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (bits - 0x3FE6A09E667F3BCD) >> 52;
        var m = BitConverter.Int64BitsToDouble(bits - (exponent << 52));
        var s = (m - 1) / (m + 1);
        var q = s * s;
        var series = 1.0 / 19;
        series = series * q + 1.0 / 17;
        series = series * q + 1.0 / 15;
        series = series * q + 1.0 / 13;
        series = series * q + 1.0 / 11;
        series = series * q + 1.0 / 9;
        series = series * q + 1.0 / 7;
        series = series * q + 1.0 / 5;
        series = series * q + 1.0 / 3;
        series *= q;
        return exponent * Ln2 + (2 * s + 2 * s * series);
    }

    /// <summary>Sine and cosine of a part of a full turn, in units of 2⁻³², to about 10⁻¹⁶.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (double Sine, double Cosine) SineCosine(uint angle)
    {
        var quarter = (angle + 0x20000000) >> 30; // the nearest, modulo 4
        var x = (int)(angle - (quarter << 30)) * (Tau / 4294967296); // in ±π/4
        var q = x * x;
        var sine = -1.0 / 1307674368000;
        sine = sine * q + 1.0 / 6227020800;
        sine = sine * q - 1.0 / 39916800;
        sine = sine * q + 1.0 / 362880;
        sine = sine * q - 1.0 / 5040;
        sine = sine * q + 1.0 / 120;
        sine = sine * q - 1.0 / 6;
        sine = sine * q * x + x;
        var cosine = 1.0 / 20922789888000;
        cosine = cosine * q - 1.0 / 87178291200;
        cosine = cosine * q + 1.0 / 479001600;
        cosine = cosine * q - 1.0 / 3628800;
        cosine = cosine * q + 1.0 / 40320;
        cosine = cosine * q - 1.0 / 720;
        cosine = cosine * q + 1.0 / 24;
        cosine = cosine * q - 1.0 / 2;
        cosine = cosine * q + 1;
        var (s, c) = (quarter & 1) == 0 ? (sine, cosine) : (cosine, sine);
        return ((quarter & 2) == 0 ? s : -s, ((quarter + 1) & 2) == 0 ? c : -c);
    }
}

/// <summary>One sequence of blocks: a key, and the words of the counter beside the number of the block.</summary>
/// <param name="Key">The seed of one use.</param>
/// <param name="Kind">Fourth word: what the sequence is for.</param>
/// <param name="Step">Third word: the step, or the number of the draw.</param>
/// <param name="Frame">Second word: the frame; 0 where there is none, which lets the number of the block grow into it.</param>
internal readonly record struct PhiloxStream(ulong Key, uint Kind, uint Step, uint Frame)
{
    internal (uint, uint, uint, uint) Block(long number) =>
        Philox.Block(Key, (uint)number, Frame + (uint)(number >> 32), Step, Kind);
}
