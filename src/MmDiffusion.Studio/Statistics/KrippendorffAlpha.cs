namespace MmDiffusion.Studio.Statistics;

/// <summary>
/// Krippendorff's α: 1 where raters agree, 0 where they agree as chance would have it, for any number of raters and missing ratings
/// (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).
/// </summary>
internal static class KrippendorffAlpha
{
    /// <summary>Computes α.</summary>
    /// <param name="units">The values that each clip was given. Clips with fewer than two say nothing and are left out.</param>
    /// <param name="scale">How far apart two values are.</param>
    /// <returns>α; null where there is nothing to compare or every value is the same.</returns>
    internal static double? Compute(IEnumerable<IReadOnlyList<int>> units, AgreementScale scale)
    {
        var pairable = units.Where(unit => unit.Count > 1).ToList();
        var values = pairable.SelectMany(unit => unit).Distinct().Order().ToArray();
        if (values.Length < 2) return null;
        var counts = pairable.Select(unit => values.Select(value => unit.Count(given => given == value)).ToArray()).ToList();
        var totals = values.Select((_, index) => counts.Sum(count => count[index])).ToArray();
        var all = totals.Sum();
        var (observed, expected) = (0.0, 0.0);
        for (var c = 0; c < values.Length; c++)
        {
            for (var k = 0; k < c; k++)
            {
                var distance = Distance(scale, values, totals, k, c);
                // Pairs of values within a clip, each clip weighing as much as it has values.
                observed += distance * counts.Sum(count => (double)count[c] * count[k] / (count.Sum() - 1));
                expected += distance * totals[c] * totals[k];
            }
        }

        return 1 - (all - 1) * observed / expected;
    }

    private static double Distance(AgreementScale scale, int[] values, int[] totals, int low, int high)
    {
        var distance = scale switch
        {
            AgreementScale.Nominal => 1,
            AgreementScale.Interval => values[high] - values[low],
            _ => totals[low..(high + 1)].Sum() - (totals[low] + totals[high]) / 2.0,
        };
        return distance * distance;
    }
}

/// <summary>How far apart two values are for <see cref="KrippendorffAlpha"/>.</summary>
internal enum AgreementScale
{
    /// <summary>Equal or not.</summary>
    Nominal,

    /// <summary>By how many values lie between, as often as they were given.</summary>
    Ordinal,

    /// <summary>By their difference.</summary>
    Interval,
}

/// <summary>One number that a rater gave to a clip.</summary>
/// <param name="Rater">Name of the rater.</param>
/// <param name="Clip">Name of the clip, different for different systems.</param>
/// <param name="Value">The number.</param>
internal readonly record struct Rating(string Rater, string Clip, double Value);
