namespace MmDiffusion.Studio.Studies;

/// <summary>Whose answers the report leaves out. Set when the study is made and never changed; the report shows both results.</summary>
public sealed record ExclusionRules
{
    /// <summary>Raters who got more attention checks wrong are left out.</summary>
    public int MostFailedChecks { get; init; }

    /// <summary>Raters whose median time from the end of a clip to the answer, in seconds, is shorter are left out.</summary>
    public double LeastMedianSeconds { get; init; } = 1;

    /// <summary>Raters who answered less than this share of what they were to answer are left out; 0 keeps those who left early.</summary>
    public double LeastShareAnswered { get; init; }

    /// <summary>Raters whose second answers to the same clips are further from the first on average are left out.</summary>
    public double LargestMeanDifference { get; init; } = 2;

    /// <summary>Raters who gave at least this many scored answers, all of them the same, are left out.</summary>
    public int IdenticalAnswers { get; init; } = 10;

    /// <summary>Whether raters who did not pass the headphone check are left out.</summary>
    public bool RequireHeadphones { get; init; }
}
