using MmDiffusion.Evaluation;

namespace MmDiffusion.Studio.Statistics;

/// <summary>A mean, or a difference of means, with what is known about its error.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">Its standard deviation over other raters and other clips.</param>
/// <param name="Freedom">Degrees of freedom of the standard error.</param>
/// <param name="Independent">Raters or clips, whichever are fewer: as many observations as are surely independent.</param>
internal readonly record struct Estimate(double Value, double StandardError, double Freedom, int Independent)
{
    private const double Confidence = 0.95;

    /// <summary>The 95% interval, as far as it lies within bounds; null of a single rater or clip, from which nothing follows.</summary>
    internal Interval? Within(double low, double high)
    {
        if (Independent < 2) return null;
        var reach = StudentT.Quantile(Confidence, Freedom) * StandardError;
        return new Interval(Math.Max(low, Value - reach), Math.Min(high, Value + reach));
    }

    /// <summary>The 95% interval of a share, after Wilson, for as many independent votes as the standard error amounts to.</summary>
    internal Interval? OfShare()
    {
        if (Independent < 2) return null;
        var spread = Value * (1 - Value);
        var votes = StandardError > 0 && spread > 0 ? spread / (StandardError * StandardError) : Independent;
        var t = StudentT.Quantile(Confidence, Freedom);
        var t2 = t * t;
        var centre = (Value + t2 / (2 * votes)) / (1 + t2 / votes);
        var reach = t / (1 + t2 / votes) * Math.Sqrt(spread / votes + t2 / (4 * votes * votes));
        return new Interval(Math.Max(0, centre - reach), Math.Min(1, centre + reach));
    }

    /// <summary>
    /// How likely an estimate at least this far from a value is if that value is the truth; null of a single rater or clip.
    /// </summary>
    internal double? ProbabilityAgainst(double truth)
    {
        if (Independent < 2) return null;
        if (StandardError > 0) return StudentT.TwoSided((Value - truth) / StandardError, Freedom);
        // Everybody agrees: as if each independent observation had come out on one side by a fair coin.
        return Value == truth ? 1 : Math.Pow(0.5, Independent - 1);
    }
}
