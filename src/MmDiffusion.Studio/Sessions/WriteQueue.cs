using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Sessions;

/// <summary>
/// Raters' writes of one study, one after the other. Those that came while others were being written are committed together: reading what
/// they need and waiting for the disk takes about as long for many as for one, so the more come at once, the less each of them costs.
/// </summary>
/// <param name="commit">Does writes in one transaction, which is on the disk when it returns.</param>
internal sealed class WriteQueue(Func<IReadOnlyList<PendingWrite>, Task> commit)
{
    /// <summary>Nobody's write waits for more others than these in its own transaction.</summary>
    private const int Most = 100;

    private readonly Lock _lock = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _isWriting;

    /// <summary>Does a write in its turn.</summary>
    /// <param name="tokenHash">Of the rater that it is about.</param>
    /// <param name="work">What to write, of that rater (null where there is none); done again where its transaction fails.</param>
    /// <param name="cancellation">Gives up a write that has not begun.</param>
    /// <returns>What <paramref name="work"/> gave, once it is on the disk.</returns>
    internal Task<T> AddAsync<T>(string tokenHash, Func<SessionBatch, RaterRow?, T> work, CancellationToken cancellation)
    {
        var write = new PendingWrite<T>(tokenHash, work, cancellation);
        lock (_lock)
        {
            _waiting.Enqueue(write);
            if (_isWriting) return write.Result;
            _isWriting = true;
        }

        // SQLite blocks its thread while it waits for the disk, which the threads that answer requests are too few for.
        _ = Task.Factory.StartNew(WriteAllAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return write.Result;
    }

    private async Task WriteAllAsync()
    {
        while (Take() is { Count: > 0 } writes)
        {
            // A write that fails takes those beside it along, so each of them is tried alone.
            if (!await TryAsync(writes, isLast: writes.Count == 1)) foreach (var write in writes) await TryAsync([write], isLast: true);
        }
    }

    private List<PendingWrite> Take()
    {
        var writes = new List<PendingWrite>();
        lock (_lock)
        {
            while (writes.Count < Most && _waiting.TryDequeue(out var write)) if (!write.IsGivenUp()) writes.Add(write);
            _isWriting = writes.Count > 0;
        }

        return writes;
    }

    private async Task<bool> TryAsync(IReadOnlyList<PendingWrite> writes, bool isLast)
    {
        try
        {
            await commit(writes);
        }
#pragma warning disable CA1031 // The caller gets it, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (isLast) foreach (var write in writes) write.Fail(exception);
            return false;
        }

        foreach (var write in writes) write.Succeed();
        return true;
    }
}
