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
