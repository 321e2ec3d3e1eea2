namespace MmDiffusion.Checkpoints;

/// <summary>The unpickler's stack with its marks.</summary>
internal sealed class PickleStack
{
    private readonly List<object?> _items = [];
    private readonly Stack<int> _marks = new();

    internal void Push(object? item) => _items.Add(item);

    internal void Mark() => _marks.Push(_items.Count);

    internal object? Pop()
    {
        if (_items.Count == Bottom) throw new PickleException("takes from an empty stack");
        var item = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        return item;
    }

    internal T Pop<T>(string expected) =>
        Pop() is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal object? Peek() => _items.Count > Bottom ? _items[^1] : throw new PickleException("takes from an empty stack");

    internal T Peek<T>(string expected) =>
        Peek() is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark)) throw new PickleException("has no mark where one belongs");
        var items = new object?[_items.Count - mark];
        _items.CopyTo(mark, items, 0, items.Length);
        _items.RemoveRange(mark, items.Length);
        return items;
    }

    private int Bottom => _marks.TryPeek(out var mark) ? mark : 0;
}
