using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.ExceptionServices;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Indexing;

/// <summary>Work on many files, as many at once as there are processors.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ParallelWork
{
    /// <summary>Works on each item and tells of it when it is done.</summary>
    /// <exception cref="MmDiffusionException">Work on an item failed; no more was begun.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static void ForEach<T>(IReadOnlyList<T> items, Action<T> work, Action<DataProgress>? progress, CancellationToken cancellation)
    {
        var (gate, done) = (new Lock(), 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        // One at a time in their order, not in ranges, so that an interruption leaves the first ones done.
        try
        {
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering), options, item =>
            {
                work(item);
                lock (gate) progress?.Invoke(new DataProgress(++done, items.Count));
            });
        }
        catch (AggregateException exception)
        {
            cancellation.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
