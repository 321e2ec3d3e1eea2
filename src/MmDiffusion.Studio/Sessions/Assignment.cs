using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Gives raters their tasks. Used within a write that holds the study's lock.</summary>
/// <param name="reservation">How long a task is kept for a rater.</param>
internal sealed class Assignment(TimeSpan reservation)
{
    /// <summary>The rater's open task, made if there is none; null when the rater is through.</summary>
    internal async Task<TaskRow?> NextAsync(StudyContext context, StudyRow study, RaterRow rater, long now, CancellationToken cancellation)
    {
        if (rater.CompletedAt is not null) return null;
        var tasks = await context.Tasks.Where(task => task.RaterId == rater.Id).OrderBy(task => task.Position).ToListAsync(cancellation);
        if (tasks is [.., { AnsweredAt: null } open])
        {
            if (await IsFreeAsync(context, study, open, now, cancellation))
            {
                open.AssignedAt = now;
                return open;
            }

            // Somebody else took the place meanwhile.
            context.Tasks.Remove(open);
            tasks.Remove(open);
            await context.SaveChangesAsync(cancellation);
        }

        var random = new Random(unchecked((int)(rater.Seed >> 32) + tasks.Count));
        var items = await LoadsAsync(context, study, now, cancellation);
        var checks = await context.Items.Where(item => item.StudyId == study.Id && item.Role == Role.Attention).ToListAsync(cancellation);
        var next = Find(study, rater, tasks, items, checks, random);
        if (next is not { } found)
        {
            rater.CompletedAt = now;
            rater.CompletionCode = RandomId.NewCode();
            return null;
        }

        var isPair = study.Plan.Kind == StudyKind.Pairwise;
        var made = new TaskRow
        {
            Id = RandomId.New(),
            StudyId = study.Id,
            RaterId = rater.Id,
            ItemId = found.ItemId,
            Position = tasks.Count,
            Role = found.Role,
            Swapped = isPair && random.Next(2) == 1,
            FirstMedia = RandomId.New(),
            SecondMedia = isPair ? RandomId.New() : null,
            AssignedAt = now,
        };
        context.Tasks.Add(made);
        return made;
    }

    /// <summary>Whether a study has a place for one more rater.</summary>
    internal async Task<bool> HasRoomAsync(StudyContext context, StudyRow study, long now, CancellationToken cancellation) =>
        (await LoadsAsync(context, study, now, cancellation)).Any(item => item.Count < study.Plan.RatersPerClip);

    /// <summary>Whether a task is still its rater's: it is kept, or nobody else took its place after that.</summary>
    internal async Task<bool> IsFreeAsync(StudyContext context, StudyRow study, TaskRow task, long now, CancellationToken cancellation)
    {
        var since = Since(now);
        if (task.Role != Role.Scored || task.AssignedAt > since) return true;
        var taken = await context.Tasks.CountAsync(other => other.ItemId == task.ItemId && other.Role == Role.Scored && (other.AnsweredAt != null || other.AssignedAt > since), cancellation);
        return taken < study.Plan.RatersPerClip;
    }

    /// <summary>How often each item was rated, or is kept for somebody.</summary>
    private Task<List<ItemLoad>> LoadsAsync(StudyContext context, StudyRow study, long now, CancellationToken cancellation)
    {
        var since = Since(now);
        return context.Items.Where(item => item.StudyId == study.Id && item.Role == Role.Scored)
            .Select(item => new ItemLoad(item.Id, item.Stratum, context.Tasks.Count(task =>
                task.ItemId == item.Id && task.Role == Role.Scored && (task.AnsweredAt != null || task.AssignedAt > since))))
            .ToListAsync(cancellation);
    }

    private long Since(long now) => now - (long)reservation.TotalMilliseconds;

    /// <summary>Goes through the rater's order past what is answered, to the first place that something can be found for.</summary>
    private static (string ItemId, Role Role)? Find(StudyRow study, RaterRow rater, List<TaskRow> tasks, List<ItemLoad> items, List<ItemRow> checks, Random random)
    {
        var answered = tasks.CountBy(task => task.Role).ToDictionary();
        var seen = tasks.Select(task => task.ItemId).ToHashSet();
        foreach (var role in SessionOrder.Of(study.Plan, rater.Seed))
        {
            if (answered.GetValueOrDefault(role) > 0)
            {
                answered[role]--;
                continue;
            }

            var item = role switch
            {
                Role.Scored => ItemChoice.Next(items, study.Plan.RatersPerClip, seen, random)?.Id,
                Role.Attention => checks.Where(check => !seen.Contains(check.Id)).OrderBy(_ => random.Next()).FirstOrDefault()?.Id,
                _ => tasks.Where(task => task.Role == Role.Scored).ExceptBy(tasks.Where(task => task.Role == Role.Duplicate).Select(task => task.ItemId), task => task.ItemId)
                    .FirstOrDefault()?.ItemId,
            };
            if (item is not null) return (item, role);
        }

        return null;
    }
}
