namespace MmDiffusion.Studio.Reporting;

/// <summary>The result over some raters.</summary>
public sealed record StudyResult
{
    /// <summary>Raters with scored answers.</summary>
    public required int Raters { get; init; }

    /// <summary>Scored answers.</summary>
    public required int Ratings { get; init; }

    /// <summary>Each system's score for each question.</summary>
    public required IReadOnlyList<SystemScore> Scores { get; init; }

    /// <summary>Every two systems, for each question.</summary>
    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    /// <summary>Between raters.</summary>
    public required IReadOnlyList<Agreement> Agreement { get; init; }

    /// <summary>Of raters with themselves.</summary>
    public required Consistency Consistency { get; init; }

    /// <summary>Median time from the end of a clip to the answer, seconds.</summary>
    public required double MedianSeconds { get; init; }

    /// <summary>Attention checks that were shown, and those that were failed.</summary>
    public required int ChecksShown { get; init; }

    /// <summary>Attention checks that were failed.</summary>
    public required int ChecksFailed { get; init; }
}
