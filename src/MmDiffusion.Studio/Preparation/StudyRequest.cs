using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
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
    public ulong Seed { get; init; }

    /// <summary>Which streams of each clip. Those that a player would show and play by default.</summary>
    public StreamChoice Streams { get; init; } = StreamChoice.Default;

    /// <summary>Fails unless everything is in range.</summary>
    /// <exception cref="MmDiffusionException">With everything that is wrong.</exception>
    public void Validate()
    {
        Plan.Validate();
        var errors = new Primitives.ValidationErrors();
        errors.Require(
            !string.IsNullOrWhiteSpace(Name) && Name.Length <= 100 && !Name.Any(char.IsControl),
            $"the name is '{Name}', expected 1 to 100 characters, none of them a control character");
        errors.Require(Clips is null or >= 1, $"the number of clips is {Clips}, expected at least 1");
        errors.Require(
            Systems.Count >= (Plan.Kind == StudyKind.Pairwise ? 2 : 1),
            $"the number of systems is {Systems.Count}, expected at least {(Plan.Kind == StudyKind.Pairwise ? "2 to compare" : "1")}");
        errors.Require(
            Systems.DistinctBy(system => system.Label).Count() == Systems.Count,
            "two systems have the same label, expected different ones");
        foreach (var (label, folder) in Systems)
        {
            errors.Require(
                label.Length is >= 1 and <= 60 && !label.Contains('|', StringComparison.Ordinal) && !label.Any(char.IsControl),
                $"a system's label is '{label}', expected 1 to 60 characters without '|' and control characters");
            errors.Require(Directory.Exists(folder), $"there is no folder '{folder}' for the system '{label}'");
        }

        foreach (var same in Systems.Where(system => Directory.Exists(system.Folder)).GroupBy(system => TargetOf(system.Folder)))
        {
            var labels = string.Join(" and ", same.Select(system => $"'{system.Label}'"));
            errors.Require(
                same.Count() == 1,
                $"the systems {labels} have the same folder '{same.First().Folder}', expected a folder of each");
        }


        errors.ThrowIfAny("the study");
    }

    /// <summary>A folder, whatever names and links lead to it.</summary>
    private static string TargetOf(string folder)
    {
        var path = Path.GetFullPath(folder);
        var target = Path.GetPathRoot(path)!;
        foreach (var name in Path.GetRelativePath(target, path).Split(Path.DirectorySeparatorChar))
        {
            var part = new DirectoryInfo(Path.GetFullPath(name, target));
            target = (part.ResolveLinkTarget(returnFinalTarget: true) ?? part).FullName;
        }

        return Path.TrimEndingDirectorySeparator(target);
    }
}
