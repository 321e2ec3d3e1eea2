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
