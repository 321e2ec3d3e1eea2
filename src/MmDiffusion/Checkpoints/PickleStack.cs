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
        if (_items.Count == (_marks.TryPeek(out var mark) ? mark : 0)) throw new PickleException("takes from an empty stack");
        var item = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        return item;
    }

    internal T Pop<T>(string expected) => Pop() is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal T Peek<T>(string expected) =>
        _items.Count > 0 && _items[^1] is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark)) throw new PickleException("has no mark where one belongs");
        var items = _items.GetRange(mark, _items.Count - mark).ToArray();
        _items.RemoveRange(mark, _items.Count - mark);
        return items;
    }
}
