using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Gives raters their tasks.</summary>
internal static class Assignment
{
    /// <summary>The rater's open task, made if there is none; null when the rater is through.</summary>
    internal static TaskRow? Next(SessionBatch batch, RaterRow rater)
    {
        if (rater.CompletedAt is not null) return null;
        if (batch.TasksOf(rater) is [.., { AnsweredAt: null } open])
        {
            if (batch.IsFree(open))
            {
                batch.Keep(open);
                return open;
            }

            // Somebody else took the place meanwhile.
            batch.Remove(open);
        }

        var tasks = batch.TasksOf(rater);
        var random = new Random(unchecked((int)(rater.Seed >> 32) + tasks.Count));
        if (Find(batch, rater, tasks, random) is not var (item, role))
        {
            rater.CompletedAt = batch.Now;
            rater.CompletionCode = RandomId.NewCode();
            return null;
        }

        var isPair = batch.Study.Plan.Kind == StudyKind.Pairwise;
        var made = new TaskRow
        {
            Id = RandomId.New(),
            StudyId = batch.Study.Id,
            RaterId = rater.Id,
            ItemId = item,
            Position = tasks.Count,
            Role = role,
            Swapped = isPair && random.Next(2) == 1,
            FirstMedia = RandomId.New(),
            SecondMedia = isPair ? RandomId.New() : null,
            AssignedAt = batch.Now,
        };
        batch.Add(made);
        return made;
    }

    /// <summary>Goes through the rater's order past what is answered, to the first place that something can be found for.</summary>
    private static (string ItemId, Role Role)? Find(SessionBatch batch, RaterRow rater, IReadOnlyList<TaskRow> tasks, Random random)
    {
        var answered = tasks.CountBy(task => task.Role).ToDictionary();
        var seen = tasks.Select(task => task.ItemId).ToHashSet();
        foreach (var role in SessionOrder.Of(batch.Study.Plan, rater.Seed))
        {
            if (answered.GetValueOrDefault(role) > 0)
            {
                answered[role]--;
                continue;
            }

            var item = role switch
            {
                Role.Scored => ItemChoice.Next(batch.Loads, batch.Study.Plan.RatersPerClip, seen, random)?.Id,
                Role.Attention => batch.Checks.Where(check => !seen.Contains(check)).OrderBy(_ => random.Next()).FirstOrDefault(),
                _ =>
                    tasks.Where(task => task.Role == Role.Scored)
                        .ExceptBy(tasks.Where(task => task.Role == Role.Duplicate).Select(task => task.ItemId), task => task.ItemId)
                        .FirstOrDefault()?.ItemId,
            };
            if (item is not null) return (item, role);
        }

        return null;
    }
}

/// <summary>Chooses the next item of a rater, so that all items come to their number of ratings together whatever raters do.</summary>
internal static class ItemChoice
{
    /// <summary>
    /// One of the items that have the fewest ratings; among these, of the system that the rater saw least; among these, in the last round,
    /// one that most of the others at work cannot take any more; among these, any.
    /// </summary>
    /// <param name="items">All items of the study.</param>
    /// <param name="target">Items with as many ratings are done.</param>
    /// <param name="seen">Items that the rater had already.</param>
    /// <param name="random">Decides between equals.</param>
    /// <returns>Null where nothing is left for this rater.</returns>
    internal static ItemLoad? Next(IReadOnlyCollection<ItemLoad> items, int target, IReadOnlySet<string> seen, Random random)
    {
        var strata = items.Where(item => seen.Contains(item.Id)).CountBy(item => item.Stratum).ToDictionary();
        return items
            .Where(item => item.Count < target && !seen.Contains(item.Id))
            .OrderBy(item => item.Count)
            .ThenBy(item => strata.GetValueOrDefault(item.Stratum))
            .ThenByDescending(item => item.SeenByWorking)
            .ThenBy(_ => random.Next())
            .FirstOrDefault();
    }
}

/// <summary>How often an item was rated, or is kept for somebody who is about to.</summary>
internal sealed record ItemLoad(string Id, string Stratum, int Count)
{
    internal int Count { get; set; } = Count;

    /// <summary>How many of the raters who are at work had it already; known in the last round only.</summary>
    internal int SeenByWorking { get; set; }
}
