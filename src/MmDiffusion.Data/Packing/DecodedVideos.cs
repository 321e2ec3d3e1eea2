using MmDiffusion.Media;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Data.Packing;

/// <summary>Decodes videos ahead of whoever takes them, several at once, given out in their order.</summary>
internal sealed class DecodedVideos(
    string root,
    IReadOnlyList<string> files,
    int first,
    ClipFormat format,
    StreamChoice streams,
    CancellationToken cancellation) : IDisposable
{
    // Each is kept whole, and a decoder uses more than one processor.
    private static readonly int Ahead = Math.Min(Environment.ProcessorCount, 8);

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private readonly Queue<Task<(Clip Clip, IReadOnlyList<ReadingNotice> Notices)>> _decoding = new();
    private int _next = first;

    /// <summary>The next video, and what is to be said of how it was read.</summary>
    /// <exception cref="MmDiffusionException">It cannot be decoded; the one after it may be.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    internal (Clip Clip, IReadOnlyList<ReadingNotice> Notices) Take()
    {
        while (_next < files.Count && _decoding.Count < Ahead) Begin(Path.Combine(root, files[_next++]));
        return _decoding.Dequeue().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var task in _decoding) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        _stop.Dispose();
    }

    private void Begin(string path) =>
        _decoding.Enqueue(Task.Factory.StartNew(() => Decode(path), _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default));

    private (Clip Clip, IReadOnlyList<ReadingNotice> Notices) Decode(string path)
    {
        var notices = new List<ReadingNotice>();
        return (ClipReader.ReadClip(MediaFile.Probe(path, streams, _stop.Token), format, cancellation: _stop.Token, onNotice: notices.Add),
            notices);
    }
}
