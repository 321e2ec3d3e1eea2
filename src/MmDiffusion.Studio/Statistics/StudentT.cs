namespace MmDiffusion.Studio.Statistics;

/// <summary>Student's t distribution.</summary>
internal static class StudentT
{
    /// <summary>The probability of a value at least this far from 0, on either side.</summary>
    /// <param name="t">Any value.</param>
    /// <param name="freedom">Degrees of freedom, above 0.</param>
    internal static double TwoSided(double t, double freedom) =>
        double.IsInfinity(t) ? 0 : IncompleteBeta.Regularized(freedom / (freedom + t * t), freedom / 2, 0.5);

    /// <summary>The bound that a share of all values stays within, on both sides.</summary>
    /// <param name="confidence">Above 0 and below 1.</param>
    /// <param name="freedom">Degrees of freedom, above 0.</param>
    internal static double Quantile(double confidence, double freedom)
    {
        var (low, high) = (0.0, 1.0);
        while (TwoSided(high, freedom) > 1 - confidence) high *= 2;
        while (high - low > 1e-12 * high)
        {
            var middle = (low + high) / 2;
            if (TwoSided(middle, freedom) > 1 - confidence) low = middle;
            else high = middle;
        }

        return high;
    }
}

/// <summary>The regularized incomplete beta function I_x(a, b).</summary>
internal static class IncompleteBeta
{
    private static readonly double[] Lanczos =
    [
        676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
        9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <param name="x">0 to 1.</param>
    /// <param name="a">Above 0.</param>
    /// <param name="b">Above 0.</param>
    internal static double Regularized(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        var factor = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));
        // The fraction converges quickly on one side only; the other follows by symmetry.
        return x < (a + 1) / (a + b + 2) ? factor * Fraction(x, a, b) / a : 1 - factor * Fraction(1 - x, b, a) / b;
    }

    /// <summary>Gauss's continued fraction, from the front (Lentz's method).</summary>
    private static double Fraction(double x, double a, double b)
    {
        const int most = 10_000;
        var (c, d) = (1.0, 1 / NotZero(1 - (a + b) * x / (a + 1)));
        var result = d;
        for (var m = 1; m <= most; m++)
        {
            Step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
            var change = Step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
            if (Math.Abs(change - 1) < 1e-15) break;
        }

        return result;

        double Step(double term)
        {
            d = 1 / NotZero(1 + term * d);
            c = NotZero(1 + term / c);
            result *= c * d;
            return c * d;
        }
    }

    private static double NotZero(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;

    /// <summary>Lanczos' approximation, g = 7.</summary>
    private static double LogGamma(double x)
    {
        if (x < 0.5) return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x);
        x -= 1;
        var sum = 0.99999999999980993;
        for (var i = 0; i < Lanczos.Length; i++) sum += Lanczos[i] / (x + i + 1);
        var t = x + Lanczos.Length - 0.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
