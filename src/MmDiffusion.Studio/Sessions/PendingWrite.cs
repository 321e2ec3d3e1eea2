using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Sessions;

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
internal sealed class PendingWrite<T>(string tokenHash, Func<SessionBatch, RaterRow?, T> work, CancellationToken cancellation) : PendingWrite(tokenHash)
{
    // Callers go on in threads of their own, or the next writes would wait for them.
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _value = default!;

    internal Task<T> Result => _result.Task;

    internal override void Do(SessionBatch batch) => _value = work(batch, batch.Find(TokenHash));

    internal override void Succeed() => _result.TrySetResult(_value);

    internal override void Fail(Exception exception) => _result.TrySetException(exception);

    internal override bool IsGivenUp() => cancellation.IsCancellationRequested && _result.TrySetCanceled(cancellation);
}
