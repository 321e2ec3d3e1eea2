namespace MmDiffusion.Data.Videos;

/// <summary>Keeps the stretches that were used last, up to a number of bytes. Each is decoded once at a time, whoever asks.</summary>
/// <param name="mostBytes">How much to keep; one stretch is kept however large it is.</param>
/// <param name="read">Decodes a part of a video.</param>
internal sealed class StretchCache(long mostBytes, Func<(int Video, int Part), DecodedStretch> read)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int Video, int Part), LinkedListNode<Entry>> _nodes = [];
    private readonly LinkedList<Entry> _byUse = new();
    private long _bytes;

    /// <summary>Gives a stretch, decoded now if need be.</summary>
    internal DecodedStretch Get((int Video, int Part) place)
    {
        Lazy<DecodedStretch> content;
        lock (_gate)
        {
            if (_nodes.TryGetValue(place, out var node)) _byUse.Remove(node);
            else _nodes[place] = node = new(new Entry(place, new Lazy<DecodedStretch>(() => Read(place))));
            _byUse.AddFirst(node);
            content = node.Value.Content;
        }
        return content.Value;
    }

    private DecodedStretch Read((int Video, int Part) place)
    {
        try
        {
            var stretch = read(place);
            lock (_gate)
            {
                _bytes += stretch.Bytes;
                Evict(place);
            }
            return stretch;
        }
        catch
        {
            // The next one who asks tries again.
            lock (_gate)
            {
                if (_nodes.Remove(place, out var node)) _byUse.Remove(node);
            }
            throw;
        }
    }

    private void Evict((int Video, int Part) newest)
    {
        for (var node = _byUse.Last; node is not null && _bytes > mostBytes;)
        {
            var (candidate, before) = (node.Value, node.Previous);
            // What is being decoded has no size yet, and evicting it would decode it twice.
            if (candidate.Place != newest && candidate.Content.IsValueCreated)
            {
                _bytes -= candidate.Content.Value.Bytes;
                _nodes.Remove(candidate.Place);
                _byUse.Remove(node);
            }
            node = before;
        }
    }

    private sealed record Entry((int Video, int Part) Place, Lazy<DecodedStretch> Content);
}
