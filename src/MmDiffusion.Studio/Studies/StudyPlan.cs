using System.Text.Json;
using MmDiffusion.Primitives;

namespace MmDiffusion.Studio.Studies;

/// <summary>How a study is laid out. Fixed when it is made.</summary>
public sealed record StudyPlan
{
    private static readonly JsonSerializerOptions Options = StrictJson.Of(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });

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
            throw new MmDiffusionException($"the database holds a study whose plan is damaged: {exception.Message}; take the database from a backup", exception);
        }
    }
}
