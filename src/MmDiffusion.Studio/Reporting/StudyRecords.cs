using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Everything that a study brought, ready to be counted or exported.</summary>
internal sealed record StudyRecords(StudyRow Study, IReadOnlyList<RaterRecord> Raters, IReadOnlyList<AnswerRecord> Answers, IReadOnlyList<string> Systems)
{
    internal static async Task<StudyRecords> LoadAsync(StudyDatabase database, StudyRow study, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var raters = await context.Raters.AsNoTracking().Where(row => row.StudyId == study.Id).OrderBy(row => row.JoinedAt).ThenBy(row => row.Id).ToListAsync(cancellation);
        var clips = await context.Clips.AsNoTracking().Where(row => row.StudyId == study.Id).ToDictionaryAsync(row => row.Id, cancellation);
        var items = await context.Items.AsNoTracking().Where(row => row.StudyId == study.Id).ToDictionaryAsync(row => row.Id, cancellation);
        var rows = await context.Tasks.AsNoTracking().Where(task => task.StudyId == study.Id && task.AnsweredAt != null)
            .Join(context.Answers, task => task.Id, answer => answer.TaskId, (task, answer) => new { Task = task, Answer = answer }).ToListAsync(cancellation);
        var numbers = raters.Select((rater, index) => (rater.Id, Number: index + 1)).ToDictionary(pair => pair.Id, pair => pair.Number);
        var answers = rows.Select(row => ToRecord(row.Task, row.Answer, numbers[row.Task.RaterId], items[row.Task.ItemId], clips))
            .OrderBy(record => record.Rater).ThenBy(record => record.Position).ToList();
        return new StudyRecords(
            study, [.. raters.Select(rater => new RaterRecord(numbers[rater.Id], rater.SoundPassedAt is not null, rater.Headphones == true, rater.CompletedAt is not null))],
            answers, [.. clips.Values.Select(clip => clip.System).Where(system => system.Length > 0).Distinct().Order(StringComparer.Ordinal)]);
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
