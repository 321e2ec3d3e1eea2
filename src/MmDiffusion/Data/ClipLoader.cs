using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Data;

/// <summary>
/// Reads batches ahead of whoever trains on them, on threads of its own. Which clips a batch has depends on its place in the order alone,
/// never on timing.
/// </summary>
public sealed class ClipLoader : IDisposable
{
    private readonly IClipSource _source;
    private readonly ClipOrder _order;
    private readonly int _batch;
    private readonly long _first;
    private readonly BatchShare? _share;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskFactory _readers;
    private readonly Queue<Task<RawClip[]>> _ahead = new();
    private long _next;

    /// <summary>Begins to read.</summary>
    /// <param name="source">The clips; not owned.</param>
    /// <param name="order">Which clip is next.</param>
    /// <param name="first">Place in the order of the first clip.</param>
    /// <param name="batch">Clips of a batch, at least 1.</param>
    /// <param name="threads">How many read, at least 1.</param>
    /// <param name="share">What is read here where others read, too, from <paramref name="first"/> on, a multiple of <paramref name="batch"/>; null for all.</param>
    public ClipLoader(IClipSource source, ClipOrder order, long first, int batch, int threads = 1, BatchShare? share = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (_source, _order, _first, _batch, _share) = (source, order, first, batch, share);
        _readers = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        for (var i = 0; i < 2 * threads; i++) ReadAhead();
    }

    /// <summary>Gives the next batch, waiting for it if need be.</summary>
    /// <returns>The clips, in tensors of the caller's scope.</returns>
    /// <exception cref="MmDiffusionException">A clip cannot be read.</exception>
    public ClipBatch Next()
    {
        ReadAhead();
        var clips = _ahead.Dequeue().GetAwaiter().GetResult();
        using var scope = NewDisposeScope();
        // Here rather than by the readers: libtorch's threads would wait for each other.
        var tensors = clips.Select(clip => clip.ToTensors(_source.Shape)).ToList();
        var batch = new AudioVideo(stack(tensors.Select(clip => clip.Video)), stack(tensors.Select(clip => clip.Audio)));
        return new ClipBatch(batch.MoveToOuter(scope), [.. clips.Select(clip => clip.Label)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var task in _ahead) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        _stop.Dispose();
    }

    private void ReadAhead()
    {
        var first = _next;
        _next += _batch;
        _ahead.Enqueue(_readers.StartNew(() => Read(first), _stop.Token));
    }

    private RawClip[] Read(long first)
    {
        var clips = new RawClip[_batch];
        for (var i = 0; i < _batch; i++)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var (index, mirrored) = _order.At(_first + (_share?.PlaceOf(first + i) ?? first + i));
            clips[i] = RawClip.Read(_source, index, mirrored);
        }
        return clips;
    }
}
