using MmDiffusion.Kernels;
using MmDiffusion.Media;
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
    /// <param name="share">
    /// What is read here where others read, too, from <paramref name="first"/> on, a multiple of <paramref name="batch"/>; null for all.
    /// </param>
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

/// <summary>Clips to learn from together.</summary>
/// <param name="Clips">Video [B,F,3,H,W] and audio [B,1,L], float32 in [-1, 1].</param>
/// <param name="Labels">The class of each clip, null where it is not known; null where none is.</param>
public sealed record ClipBatch(AudioVideo Clips, IReadOnlyList<string?>? Labels = null)
{
    /// <summary>Clips of classes that are not known.</summary>
    public static implicit operator ClipBatch(AudioVideo clips) => new(clips);

    /// <summary>The same as the operator.</summary>
    public static ClipBatch FromAudioVideo(AudioVideo clips) => clips;
}

/// <summary>A clip as its source gives it.</summary>
/// <param name="Pixels">[F,H,W,3] RGB.</param>
/// <param name="Samples">16-bit sound.</param>
/// <param name="Mirrored">Whether left and right are to change places.</param>
/// <param name="Label">Its class; null where there is none.</param>
internal sealed record RawClip(byte[] Pixels, short[] Samples, bool Mirrored, string? Label)
{
    internal static RawClip Read(IClipSource source, int index, bool mirrored)
    {
        var (pixels, samples) = (new byte[source.Shape.FrameBytes()], new short[source.Shape.AudioLength]);
        source.Read(index, pixels, samples);
        return new RawClip(pixels, samples, mirrored, source.LabelOf(index));
    }

    /// <summary>Video [F,3,H,W] and audio [1,L], float32 in [-1, 1].</summary>
    internal AudioVideo ToTensors(ClipShape shape)
    {
        using var scope = NewDisposeScope();
        var video = ClipTensors.FromFrames(new Frames(Pixels, shape.Height, shape.Width, shape.FrameRate));
        if (Mirrored) video = video.flip(3);
        var audio = tensor(Samples, [1, shape.AudioLength], ScalarType.Int16).to_type(ScalarType.Float32).DivideInPlace(-short.MinValue);
        return new AudioVideo(video, audio).MoveToOuter(scope);
    }
}

/// <summary>What one of several readers reads of every batch, in consecutive places.</summary>
/// <param name="Batch">Samples of the whole batch, at least 1.</param>
/// <param name="First">Samples of the batch before this reader's.</param>
/// <param name="Count">This reader's.</param>
public readonly record struct BatchShare(int Batch, int First, int Count)
{
    /// <summary>Divides the parts of a batch among ranks: consecutive parts, as many for each, but for a remainder.</summary>
    /// <param name="parts">Parts of the batch, at least as many as ranks.</param>
    /// <param name="partSize">Samples of a part.</param>
    /// <param name="rank">0 … <paramref name="ranks"/> - 1.</param>
    /// <param name="ranks">Readers, at least 1.</param>
    public static BatchShare Of(int parts, int partSize, int rank, int ranks)
    {
        var (first, end) = (Part(rank), Part(rank + 1));
        return new(parts * partSize, first * partSize, (end - first) * partSize);

        int Part(int which) => (int)((long)parts * which / ranks);
    }

    /// <summary>The place, counted over all batches, of this reader's n-th sample.</summary>
    internal long PlaceOf(long number) => number / Count * Batch + First + number % Count;
}
