namespace MmDiffusion.Media.Reading;

/// <summary>An array that is filled in blocks and grows as needed, for streams whose length is only roughly known.</summary>
/// <typeparam name="T">The kind of element.</typeparam>
internal sealed class GrowingBuffer<T>
{
    /// <summary>A header's promise is not worth more memory than this before anything has arrived.</summary>
    private const long MostAtFirst = 1 << 28;

    private readonly int _block;
    private readonly string _content;
    private T[] _items;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="block">Elements of a block.</param>
    /// <param name="expectedBlocks">How many blocks will probably come.</param>
    /// <param name="content">What it holds, for the message.</param>
    internal GrowingBuffer(int block, double expectedBlocks, string content)
    {
        _block = block;
        _content = content;
        _items = new T[(long)Math.Min(expectedBlocks * block, Math.Max(MostAtFirst, block))];
    }

    /// <summary>Elements filled so far.</summary>
    internal int Count { get; private set; }

    /// <summary>The room for the next block.</summary>
    /// <exception cref="MmDiffusionException">More than an array can hold.</exception>
    internal Span<T> Next()
    {
        if (_items.Length - Count < _block)
        {
            if ((long)Count + _block > Array.MaxLength)
            {
                throw new MmDiffusionException(
                    $"the {_content} do not fit into one array of {Array.MaxLength} elements; read fewer, smaller or at a lower rate");
            }

            Array.Resize(ref _items, (int)Math.Clamp(2L * Count, Count + _block, Array.MaxLength));
        }

        return _items.AsSpan(Count, _block);
    }

    internal void Advance(int count) => Count += count;

    /// <summary>The elements filled; the buffer itself where it is full.</summary>
    internal T[] ToArray() => Count == _items.Length ? _items : _items[..Count];
}
