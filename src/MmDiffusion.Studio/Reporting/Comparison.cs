using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Two systems compared.</summary>
public sealed record Comparison
{
    /// <summary>Label of the first system.</summary>
    public required string First { get; init; }

    /// <summary>Label of the second.</summary>
    public required string Second { get; init; }

    /// <summary>As of <see cref="SystemScore.Question"/>.</summary>
    public required string Question { get; init; }

    /// <summary>The first's value less the second's; of pairs, the share that prefers the first.</summary>
    public required double Difference { get; init; }

    /// <summary>95% confidence interval, not corrected for the number of comparisons.</summary>
    public Interval? Interval { get; init; }

    /// <summary>Probability of such a difference between systems that are alike; null of a single rater or clip.</summary>
    public double? P { get; init; }

    /// <summary>The same, corrected for all comparisons of the study after Holm.</summary>
    public double? CorrectedP { get; init; }
}
