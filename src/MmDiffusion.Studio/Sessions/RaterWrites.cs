using System.Collections.Concurrent;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Writes of what raters do, see <see cref="WriteQueue"/>. Whatever it returned is on the disk.</summary>
/// <param name="database">Where the studies are.</param>
/// <param name="reservation">How long tasks are kept.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="observer">Told of failures that no caller is told of.</param>
internal sealed class RaterWrites(StudyDatabase database, TimeSpan reservation, TimeProvider clock, Action<Exception> observer)
{
    private readonly ConcurrentDictionary<string, WriteQueue> _queues = new();

    /// <summary>How long the slowest of the commits that are being done takes already.</summary>
    internal TimeSpan Committing => _queues.Values.Select(queue => queue.Committing).DefaultIfEmpty().Max();

    /// <summary>Does a write in its turn.</summary>
    /// <param name="studyId">Of the study.</param>
    /// <param name="token">The secret of the rater's link.</param>
    /// <param name="work">
    /// What to write, of that rater (null where there is none); it may be done again, and then only the last time counts.
    /// </param>
    /// <param name="cancellation">Gives up what has not begun.</param>
    internal Task<T> AddAsync<T>(string studyId, string token, Func<SessionBatch, RaterRow?, T> work, CancellationToken cancellation) =>
        _queues.GetOrAdd(studyId, id => new WriteQueue(writes => CommitAsync(id, writes), clock, observer))
            .AddAsync(RandomId.Hash(token), work, cancellation);

    private async Task CommitAsync(string studyId, IReadOnlyList<PendingWrite> writes) =>
        await database.WriteAsync(studyId, async context =>
        {
            var now = clock.GetUtcNow();
            var batch = await SessionBatch.LoadAsync(
                context, studyId, [.. writes.Select(write => write.TokenHash).Distinct()],
                now.ToUnixTimeMilliseconds(), (now - reservation).ToUnixTimeMilliseconds());
            foreach (var write in writes) write.Do(batch);
            return writes.Count;
        });
}
