using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Everything that a study brought, ready to be counted or exported.</summary>
internal sealed record StudyRecords(
    StudyRow Study,
    IReadOnlyList<RaterRecord> Raters,
    IReadOnlyList<AnswerRecord> Answers,
    IReadOnlyList<string> Systems)
{
    internal static async Task<StudyRecords> LoadAsync(StudyDatabase database, StudyRow study, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var raters = await context.Raters.AsNoTracking()
            .Where(row => row.StudyId == study.Id)
            .OrderBy(row => row.JoinedAt)
            .ThenBy(row => row.Id)
            .ToListAsync(cancellation);
        var clips = await context.Clips.AsNoTracking().Where(row => row.StudyId == study.Id).ToDictionaryAsync(row => row.Id, cancellation);
        var items = await context.Items.AsNoTracking().Where(row => row.StudyId == study.Id).ToDictionaryAsync(row => row.Id, cancellation);
        var rows = await context.Tasks
            .AsNoTracking()
            .Where(task => task.StudyId == study.Id && task.AnsweredAt != null)
            .Join(context.Answers, task => task.Id, answer => answer.TaskId, (task, answer) => new { Task = task, Answer = answer })
            .ToListAsync(cancellation);
        var numbers = raters.Select((rater, index) => (rater.Id, Number: index + 1)).ToDictionary(pair => pair.Id, pair => pair.Number);
        var answers = rows.Select(row => ToRecord(row.Task, row.Answer, numbers[row.Task.RaterId], items[row.Task.ItemId], clips))
            .OrderBy(record => record.Rater).ThenBy(record => record.Position).ToList();
        return new StudyRecords(
            study,
            [.. raters.Select(rater =>
                new RaterRecord(
                    numbers[rater.Id],
                    rater.SoundPassedAt is not null,
                    rater.Headphones == true,
                    rater.CompletedAt is not null))],
            answers,
            [.. clips.Values.Select(clip => clip.System).Where(system => system.Length > 0).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static AnswerRecord ToRecord(TaskRow task, AnswerRow answer, int rater, ItemRow item, Dictionary<string, ClipRow> clips)
    {
        var (a, b) = (clips[item.ClipA], item.ClipB is null ? null : clips[item.ClipB]);
        return new AnswerRecord
        {
            Rater = rater,
            Position = task.Position,
            Role = task.Role,
            Item = item.Id,
            ClipA = a.Id,
            SystemA = a.System,
            SourceA = a.Source,
            ClipB = b?.Id ?? "",
            SystemB = b?.System ?? "",
            SourceB = b?.Source ?? "",
            Swapped = task.Swapped,
            Expected = item.Expected,
            Values = answer.Values,
            Reasons = answer.Reasons,
            Comment = answer.Comment,
            Seconds = answer.Seconds,
            Plays = answer.Plays,
            AnsweredAt = DateTimeOffset.FromUnixTimeMilliseconds(task.AnsweredAt!.Value),
        };
    }
}

/// <summary>An answer with what it is about. Raters are numbers.</summary>
internal sealed record AnswerRecord
{
    internal required int Rater { get; init; }

    internal required int Position { get; init; }

    internal required Role Role { get; init; }

    internal required string Item { get; init; }

    internal required string ClipA { get; init; }

    internal required string SystemA { get; init; }

    internal required string SourceA { get; init; }

    internal string ClipB { get; init; } = "";

    internal string SystemB { get; init; } = "";

    internal string SourceB { get; init; } = "";

    /// <summary>Whether B was shown first.</summary>
    internal required bool Swapped { get; init; }

    internal int? Expected { get; init; }

    internal required IReadOnlyList<int> Values { get; init; }

    internal required string Reasons { get; init; }

    internal required string Comment { get; init; }

    internal required double Seconds { get; init; }

    internal required int Plays { get; init; }

    internal required DateTimeOffset AnsweredAt { get; init; }

    /// <summary>Of an attention check: whether every answer is what it told.</summary>
    internal bool PassesCheck => Values.All(value => value == Expected);
}

/// <summary>A rater, by number in the order of joining.</summary>
internal sealed record RaterRecord(int Number, bool SoundPassed, bool Headphones, bool Completed);
