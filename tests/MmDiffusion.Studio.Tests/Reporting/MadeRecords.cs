using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Tests.Reporting;

/// <summary>Answers as they come out of the database, made up.</summary>
internal static class MadeRecords
{
    internal static AnswerRecord Answer(int rater, string system, int clip, params int[] values) => new()
    {
        Rater = rater,
        Position = 0,
        Role = Role.Scored,
        Item = $"{system}{clip}",
        ClipA = $"{system}{clip}",
        SystemA = system,
        SourceA = $"{clip}.mp4",
        Swapped = false,
        Values = values,
        Reasons = "",
        Comment = "",
        Seconds = 3,
        Plays = 1,
        AnsweredAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Of the clips at one place of two systems.</summary>
    internal static AnswerRecord Pair(int rater, string first, string second, int clip, int preferred) =>
        Answer(rater, first, clip, preferred) with
        {
            Item = $"{first}{second}{clip}",
            ClipB = $"{second}{clip}",
            SystemB = second,
            SourceB = $"{clip}.mp4",
        };

    internal static StudyRecords Of(StudyPlan plan, params IEnumerable<AnswerRecord> answers) => new(
        new StudyRow
        {
            Id = "s",
            Name = "made",
            PlanJson = plan.ToJson(),
            JoinToken = "",
            AdminHash = "",
            Secret = [],
            ClipSeconds = 1,
            Width = 1,
            Height = 1,
            CreatedAt = 0,
        },
        [.. answers.Select(answer => answer.Rater).Distinct().Order().Select(number => new RaterRecord(number, true, true, true))],
        [.. answers],
        [.. answers.SelectMany(answer => new[] { answer.SystemA, answer.SystemB })
            .Where(system => system.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal)]);
}
