using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Reporting;

/// <summary>What a system got for a question.</summary>
public sealed record SystemScore
{
    /// <summary>Label of the system.</summary>
    public required string System { get; init; }

    /// <summary>Name of the question; of a Turing test "passes", of pairs "preferred".</summary>
    public required string Question { get; init; }

    /// <summary>The mean opinion score 1 to 5, or the share 0 to 1 of votes that pass or prefer.</summary>
    public required double Value { get; init; }

    /// <summary>95% confidence interval over other raters and clips; null of a single rater or clip.</summary>
    public Interval? Interval { get; init; }

    /// <summary>Number of ratings.</summary>
    public required int Ratings { get; init; }

    /// <summary>Number of different raters.</summary>
    public required int Raters { get; init; }

    /// <summary>Number of different clips of the system.</summary>
    public required int Clips { get; init; }

    /// <summary>How often each choice was given, from the lowest; of pairs, not preferred and preferred.</summary>
    public required IReadOnlyList<int> Histogram { get; init; }
}
