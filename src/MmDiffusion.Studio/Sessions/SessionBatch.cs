using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>The rows of a study that raters' writes see which are done together: read once for all of them, and saved once.</summary>
internal sealed class SessionBatch
{
    private readonly StudyContext _context;
    private readonly Dictionary<string, RaterRow> _raters;
    private readonly Dictionary<string, List<TaskRow>> _tasks;
    private readonly Dictionary<string, ItemLoad> _loads;

    private SessionBatch(
        StudyContext context,
        StudyRow study,
        Dictionary<string, RaterRow> raters,
        Dictionary<string, List<TaskRow>> tasks,
        List<ItemLoad> loads,
        IReadOnlyList<string> checks) =>
        (_context, Study, _raters, _tasks, _loads, Checks) = (context, study, raters, tasks, loads.ToDictionary(load => load.Id), checks);

    internal StudyRow Study { get; }

    /// <summary>The time, milliseconds; the same for all that is done together.</summary>
    internal required long Now { get; init; }

    /// <summary>Tasks that were assigned before are not kept for their raters any more.</summary>
    internal required long KeptSince { get; init; }

    /// <summary>How often each item was rated, or is kept for somebody.</summary>
    internal IReadOnlyCollection<ItemLoad> Loads => _loads.Values;

    /// <summary>Keys of the attention checks.</summary>
    internal IReadOnlyList<string> Checks { get; }

    /// <summary>Whether there is a place for one more rater.</summary>
    internal bool TakesRaters => Loads.Any(load => load.Count < Study.Plan.RatersPerClip);

    /// <summary>Reads them, within a write of the study.</summary>
    internal static async Task<SessionBatch> LoadAsync(
        StudyContext context,
        string studyId,
        List<string> tokenHashes,
        long now,
        long keptSince)
    {
        var study = await context.Studies.SingleAsync(row => row.Id == studyId);
        var raters = await context.Raters.Where(row => tokenHashes.Contains(row.TokenHash)).ToListAsync();
        var tasks = new List<TaskRow>();
        if (raters.Count > 0)
        {
            var ids = raters.Select(rater => rater.Id).ToList();
            tasks = await context.Tasks.Where(task => ids.Contains(task.RaterId)).OrderBy(task => task.Position).ToListAsync();
        }

        var checks = await context.Items.Where(item => item.StudyId == studyId && item.Role == Role.Attention)
            .Select(item => item.Id)
            .ToListAsync();
        var loads = await LoadsAsync(context, studyId, keptSince);
        // Until the last round everybody finds something.
        if (loads.All(load => load.Count >= study.Plan.RatersPerClip - 1)) await AddSeenByWorkingAsync(context, studyId, keptSince, loads);
        return new SessionBatch(
            context, study, raters.ToDictionary(rater => rater.TokenHash),
            tasks.GroupBy(task => task.RaterId).ToDictionary(group => group.Key, group => group.ToList()),
            loads, checks)
        {
            Now = now,
            KeptSince = keptSince,
        };
    }

    /// <summary>How often each item was rated, or is kept for somebody.</summary>
    internal static Task<List<ItemLoad>> LoadsAsync(StudyContext context, string studyId, long keptSince) =>
        context.Items.Where(item => item.StudyId == studyId && item.Role == Role.Scored)
            .Select(item => new ItemLoad(item.Id, item.Stratum, context.Tasks.Count(task =>
                task.ItemId == item.Id && task.Role == Role.Scored && (task.AnsweredAt != null || task.AssignedAt > keptSince))))
            .ToListAsync();

    private static async Task AddSeenByWorkingAsync(StudyContext context, string studyId, long keptSince, List<ItemLoad> loads)
    {
        var seen = await context.Tasks
            .Where(open => open.StudyId == studyId && open.AnsweredAt == null && open.AssignedAt > keptSince)
            .Join(context.Tasks, open => open.RaterId, task => task.RaterId, (_, task) => task.ItemId)
            .GroupBy(item => item)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(entry => entry.Key, entry => entry.Count);
        foreach (var load in loads) load.SeenByWorking = seen.GetValueOrDefault(load.Id);
    }

    /// <summary>The rater of a link; null where there is none.</summary>
    internal RaterRow? Find(string tokenHash) => _raters.GetValueOrDefault(tokenHash);

    /// <summary>All that a rater was given, in order.</summary>
    internal IReadOnlyList<TaskRow> TasksOf(RaterRow rater) => _tasks.GetValueOrDefault(rater.Id) ?? [];

    internal void Add(RaterRow rater)
    {
        _context.Raters.Add(rater);
        _raters.Add(rater.TokenHash, rater);
    }

    internal void Add(TaskRow task)
    {
        _context.Tasks.Add(task);
        if (!_tasks.TryGetValue(task.RaterId, out var tasks)) _tasks[task.RaterId] = tasks = [];
        tasks.Add(task);
        if (task.Role == Role.Scored) _loads[task.ItemId].Count++;
    }

    /// <summary>Answers an open task, whose place <see cref="IsFree"/>.</summary>
    internal void Answer(TaskRow task, AnswerRow answer)
    {
        if (!IsCounted(task)) _loads[task.ItemId].Count++;
        task.AnsweredAt = Now;
        _context.Answers.Add(answer);
    }

    /// <summary>Takes a task away that is not kept any more.</summary>
    internal void Remove(TaskRow task)
    {
        _context.Tasks.Remove(task);
        _tasks[task.RaterId].Remove(task);
    }

    /// <summary>Keeps an open task from now on, whose place <see cref="IsFree"/>.</summary>
    internal void Keep(TaskRow task)
    {
        if (!IsCounted(task)) _loads[task.ItemId].Count++;
        task.AssignedAt = Now;
    }

    /// <summary>Whether an open task is still its rater's: it is kept, or nobody else took its place after that.</summary>
    internal bool IsFree(TaskRow task) => IsCounted(task) || _loads[task.ItemId].Count < Study.Plan.RatersPerClip;

    /// <summary>Whether an open task takes no place, or one that is counted already.</summary>
    private bool IsCounted(TaskRow task) => task.Role != Role.Scored || task.AssignedAt > KeptSince;
}
