using System.Text.Json;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Studio.Studies;

/// <summary>How a study is laid out. Fixed when it is made.</summary>
public sealed record StudyPlan
{
    private static readonly JsonSerializerOptions Options = StrictJson.Of(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    });

    /// <summary>What raters are asked.</summary>
    public StudyKind Kind { get; init; }

    /// <summary>How many different raters rate each clip (or pair of clips), 1 to 10000.</summary>
    public int RatersPerClip { get; init; } = 10;

    /// <summary>How many clips (or pairs) a rater is shown for the result, 1 to 1000.</summary>
    public int ClipsPerRater { get; init; } = 20;

    /// <summary>How many attention checks each rater is shown besides, 0 to 50.</summary>
    public int AttentionChecks { get; init; } = 2;

    /// <summary>How many clips each rater is shown a second time, 0 to 50 and fewer than the clips; of one clip, that one.</summary>
    public int Duplicates { get; init; } = 1;

    /// <summary>Whose answers the report leaves out.</summary>
    public ExclusionRules Exclusions { get; init; } = new();

    /// <summary>Fails unless everything is in range.</summary>
    /// <exception cref="MmDiffusionException">With everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(RatersPerClip is >= 1 and <= 10_000, $"the number of raters for each clip is {RatersPerClip}, expected 1 to 10000");
        errors.Require(ClipsPerRater is >= 1 and <= 1000, $"the number of clips for each rater is {ClipsPerRater}, expected 1 to 1000");
        errors.Require(AttentionChecks is >= 0 and <= 50, $"the number of attention checks is {AttentionChecks}, expected 0 to 50");
        errors.Require(
            Duplicates is >= 0 and <= 50 && Duplicates < Math.Max(2, ClipsPerRater),
            $"the number of duplicates is {Duplicates}, expected 0 to 50 and fewer than the clips for each rater, or 1 where that is one");
        errors.ThrowIfAny("the plan of the study");
    }

    internal string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <exception cref="MmDiffusionException">It is no plan: the database is damaged.</exception>
    internal static StudyPlan FromJson(string json)
    {
        try
        {
            return StrictJson.Read<StudyPlan>(json, Options);
        }
        catch (JsonException exception)
        {
            throw new MmDiffusionException(
                $"the database holds a study whose plan is damaged: {exception.Message}; take the database from a backup",
                exception);
        }
    }
}

/// <summary>What raters are asked.</summary>
public enum StudyKind
{
    /// <summary>Mean opinion scores: video quality, audio quality and alignment of each clip, 1 to 5.</summary>
    Mos,

    /// <summary>Whether each clip is made by a machine or real.</summary>
    Turing,

    /// <summary>Which of two clips of different systems is better.</summary>
    Pairwise,
}

/// <summary>Whether a study takes answers.</summary>
internal enum StudyState
{
    /// <summary>Raters may join and answer.</summary>
    Open,

    /// <summary>Raters are asked to come back later.</summary>
    Paused,

    /// <summary>Nothing is accepted any more.</summary>
    Closed,
}

/// <summary>Why a rater is shown something.</summary>
internal enum Role
{
    /// <summary>For the result.</summary>
    Scored,

    /// <summary>A clip that tells what to answer, to see whether the rater looks.</summary>
    Attention,

    /// <summary>Something rated before, to see whether the rater agrees with themselves. Not part of the result.</summary>
    Duplicate,
}

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
