using MmDiffusion.Evaluation;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>What a study found: without the raters that its rules leave out, and with everybody.</summary>
public sealed record StudyReport
{
    /// <summary>Name of the study.</summary>
    public required string Study { get; init; }

    /// <summary>Its layout and rules, as they were set beforehand.</summary>
    public required StudyPlan Plan { get; init; }

    /// <summary>When the study was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Raters who gave consent.</summary>
    public required int Joined { get; init; }

    /// <summary>Of these, who heard the beeps.</summary>
    public required int SoundPassed { get; init; }

    /// <summary>Of these, who passed the headphone check.</summary>
    public required int Headphones { get; init; }

    /// <summary>Of these, who answered everything.</summary>
    public required int Completed { get; init; }

    /// <summary>Who is left out, and why.</summary>
    public required IReadOnlyList<ExcludedRater> Excluded { get; init; }

    /// <summary>Without those who are left out.</summary>
    public required StudyResult Result { get; init; }

    /// <summary>With everybody.</summary>
    public required StudyResult ResultOfAll { get; init; }
}

/// <summary>How far raters agree.</summary>
/// <param name="Question">Name of the question.</param>
/// <param name="Scale">How far apart two answers are: nominal or ordinal.</param>
/// <param name="Alpha">Krippendorff's α; null where there is nothing to compare.</param>
public sealed record Agreement(string Question, string Scale, double? Alpha);

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

/// <summary>How far raters agree with themselves, on clips that they were shown twice.</summary>
/// <param name="Repeats">Answers to such clips.</param>
/// <param name="SameShare">Share of single questions answered the same, 0 to 1; null without repeats.</param>
/// <param name="MeanDifference">Mean distance of second from first answers; null without repeats.</param>
public sealed record Consistency(int Repeats, double? SameShare, double? MeanDifference);

/// <summary>A rater whose answers the rules leave out.</summary>
/// <param name="Rater">Number in the order of joining.</param>
/// <param name="Reasons">Every rule that applies, as a sentence.</param>
public sealed record ExcludedRater(int Rater, IReadOnlyList<string> Reasons);

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
