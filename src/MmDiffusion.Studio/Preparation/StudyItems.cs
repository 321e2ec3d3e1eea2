using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Preparation;

/// <summary>What is to be rated, made of the clips of a study.</summary>
internal static class StudyItems
{
    /// <summary>Each clip; or of each two systems, the clips at the same place.</summary>
    internal static IEnumerable<ItemRow> Scored(string studyId, StudyKind kind, IReadOnlyList<ClipRow> clips)
    {
        if (kind != StudyKind.Pairwise) return clips.Select(clip => Make(studyId, Role.Scored, clip.System, clip.Id));
        var systems = clips.GroupBy(clip => clip.System).Select(group => group.ToList()).ToList();
        return
            from first in Enumerable.Range(0, systems.Count)
            from second in Enumerable.Range(first + 1, systems.Count - first - 1)
            from pair in systems[first].Zip(systems[second])
            select Make(studyId, Role.Scored, $"{pair.First.System}|{pair.Second.System}", pair.First.Id, pair.Second.Id);
    }

    /// <summary>An attention check for each answer that can be asked for; no check repeats for a rater.</summary>
    internal static IEnumerable<(IReadOnlyList<string> Lines, int Expected)> Checks(StudyPlan plan) => plan.Kind == StudyKind.Pairwise
        ? Enumerable.Repeat(((IReadOnlyList<string>)["CHOOSE", "THIS"], 1), plan.AttentionChecks)
        : Enumerable.Range(0, plan.AttentionChecks)
            .Select(index => index % Questionnaire.Of(plan.Kind)[0].Choices.Count + 1)
            .Select(value => ((IReadOnlyList<string>)["CHOOSE", $"{value}"], value));

    internal static ItemRow Make(string studyId, Role role, string stratum, string clipA, string? clipB = null, int? expected = null) =>
        new()
        {
            Id = RandomId.New(),
            StudyId = studyId,
            Role = role,
            Stratum = stratum,
            ClipA = clipA,
            ClipB = clipB,
            Expected = expected,
        };
}
