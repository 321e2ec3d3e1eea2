using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Preparation;

/// <summary>A study to make.</summary>
public sealed record StudyRequest
{
    /// <summary>Its name, unique in the database; raters do not see it.</summary>
    public required string Name { get; init; }

    /// <summary>How it is laid out.</summary>
    public required StudyPlan Plan { get; init; }

    /// <summary>The label of each system and the folder of its clips; raters see neither.</summary>
    public required IReadOnlyList<(string Label, string Folder)> Systems { get; init; }

    /// <summary>How many clips to take of each system; null for as many as every system has.</summary>
    public int? Clips { get; init; }

    /// <summary>How many clips (or pairs) each rater rates; null for the plan's number, or all if there are fewer.</summary>
    public int? ClipsPerRater { get; init; }

    /// <summary>The shape that all clips are cut to, around their middle; null where all have one shape already.</summary>
    public AspectRatio? Crop { get; init; }

    /// <summary>Chooses the clips.</summary>
    public int Seed { get; init; }

    /// <summary>Fails unless everything is in range.</summary>
    /// <exception cref="MmDiffusionException">With everything that is wrong.</exception>
    public void Validate()
    {
        Plan.Validate();
        var errors = new Primitives.ValidationErrors();
        errors.Require(!string.IsNullOrWhiteSpace(Name) && Name.Length <= 100, $"the name is '{Name}', expected 1 to 100 characters");
        errors.Require(Clips is null or >= 1, $"the number of clips is {Clips}, expected at least 1");
        errors.Require(Systems.Count >= (Plan.Kind == StudyKind.Pairwise ? 2 : 1), $"the number of systems is {Systems.Count}, expected at least {(Plan.Kind == StudyKind.Pairwise ? "2 to compare" : "1")}");
        errors.Require(Systems.DistinctBy(system => system.Label).Count() == Systems.Count, "two systems have the same label, expected different ones");
        foreach (var (label, folder) in Systems)
        {
            errors.Require(label.Length is >= 1 and <= 60 && !label.Contains('|', StringComparison.Ordinal), $"a system's label is '{label}', expected 1 to 60 characters without '|'");
            errors.Require(Directory.Exists(folder), $"there is no folder '{folder}' for the system '{label}'");
        }

        errors.ThrowIfAny("the study");
    }
}
