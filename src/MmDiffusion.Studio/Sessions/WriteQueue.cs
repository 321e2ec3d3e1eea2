using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Sessions;

/// <summary>
/// Raters' writes of one study, one after the other. Those that came while others were being written are committed together: reading what
/// they need and waiting for the disk takes about as long for many as for one, so the more come at once, the less each of them costs.
/// </summary>
/// <param name="commit">Does writes in one transaction, which is on the disk when it returns.</param>
/// <param name="clock">Tells how long a commit takes; null for the system's.</param>
/// <param name="observer">Told of what should never happen: a failure of the queue itself.</param>
internal sealed class WriteQueue(
    Func<IReadOnlyList<PendingWrite>, Task> commit,
    TimeProvider? clock = null,
    Action<Exception>? observer = null)
{
    /// <summary>Nobody's write waits for more others than these in its own transaction.</summary>
    private const int Most = 100;

    private const long NotCommitting = -1;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _isWriting;
    private long _commitBegan = NotCommitting;

    /// <summary>How long the commit that is being done takes already; zero where there is none.</summary>
    internal TimeSpan Committing => Interlocked.Read(ref _commitBegan) is >= 0 and var began ? _clock.GetElapsedTime(began) : TimeSpan.Zero;

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

        Start();
        return write.Result;
    }

    private void Start()
    {
        try
        {
            // SQLite blocks its thread while it waits for the disk, which the threads that answer requests are too few for.
            _ = Task.Factory.StartNew(WriteAllAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
#pragma warning disable CA1031 // Of the kinds that there are when the system has no more threads.
        catch (Exception)
#pragma warning restore CA1031
        {
            _ = Task.Run(WriteAllAsync);
        }
    }

    /// <summary>Ends when nothing waits any more, and never by an exception: nobody would be told that the queue has no writer.</summary>
    private async Task WriteAllAsync()
    {
        for (var writes = Take(); writes.Count > 0; writes = Take())
        {
            try
            {
                await CommitAsync(writes);
            }
#pragma warning disable CA1031 // Whatever it is, the next writes are not to wait for ever.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                foreach (var write in writes) write.Fail(exception);
                observer?.Invoke(exception);
            }
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

    /// <summary>Commits writes and tells every caller. Who is told of a failure has had the last attempt.</summary>
    private async Task CommitAsync(List<PendingWrite> writes)
    {
        if (await TryAsync(writes) is not { } failure) return;
        for (var i = 0; i < writes.Count; i++)
        {
            // A write that fails takes those beside it along, so each of them is tried alone, unless none of them is to blame.
            if (writes.Count > 1 && !DatabaseFailure.IsOutage(failure))
            {
                if (await TryAsync([writes[i]]) is not { } own) continue;
                failure = own;
            }

            writes[i].Fail(failure);
        }
    }

    /// <summary>Commits writes together and tells their callers of success.</summary>
    /// <returns>The failure, of which nobody is told yet.</returns>
    private async Task<Exception?> TryAsync(IReadOnlyList<PendingWrite> writes)
    {
        Interlocked.Exchange(ref _commitBegan, _clock.GetTimestamp());
        try
        {
            await commit(writes);
        }
#pragma warning disable CA1031 // The callers get it, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
        finally
        {
            Interlocked.Exchange(ref _commitBegan, NotCommitting);
        }

        foreach (var write in writes) write.Succeed();
        return null;
    }
}

/// <summary>A write that waits for its turn, and its caller with it. The caller is told once; whatever comes later is ignored.</summary>
/// <param name="tokenHash">Of the rater that it is about.</param>
internal abstract class PendingWrite(string tokenHash)
{
    internal string TokenHash => tokenHash;

    /// <summary>Does it among others; it may be done again where those fail.</summary>
    internal abstract void Do(SessionBatch batch);

    /// <summary>Tells the caller that it is on the disk.</summary>
    internal abstract void Succeed();

    /// <summary>Tells the caller that nothing came of it, so far as the database says.</summary>
    internal abstract void Fail(Exception exception);

    /// <summary>Gives up where the caller went away before the write began.</summary>
    /// <returns>Whether it did.</returns>
    internal abstract bool IsGivenUp();
}

/// <inheritdoc/>
internal sealed class PendingWrite<T>(string tokenHash, Func<SessionBatch, RaterRow?, T> work, CancellationToken cancellation)
    : PendingWrite(tokenHash)
{
    // Callers continue in threads of their own, or the next writes would wait for them.
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _value = default!;

    internal Task<T> Result => _result.Task;

    internal override void Do(SessionBatch batch) => _value = work(batch, batch.Find(TokenHash));

    internal override void Succeed() => _result.TrySetResult(_value);

    internal override void Fail(Exception exception) => _result.TrySetException(exception);

    internal override bool IsGivenUp() => cancellation.IsCancellationRequested && _result.TrySetCanceled(cancellation);
}
