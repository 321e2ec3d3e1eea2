namespace MmDiffusion.Checkpoints;

/// <summary>
/// All tensors in what a checkpoint holds, at any depth of dicts, lists and objects, each by the names on the way to it, joined by dots.
/// </summary>
internal sealed class PickleTree
{
    private const int Deepest = 200;
    private const long MostVisits = 10_000_000;
    private const long MostCharacters = 32_000_000;
    private const int LongestName = 1000;

    // Names that wrappers put inside of others, never the weights' own; and what a pickled module keeps its parts under.
    private static readonly string[] Wrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];
    private static readonly HashSet<string> ModuleParts = new(["_parameters", "_buffers", "_modules"], StringComparer.Ordinal);

    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, object>> _tensors = [];
    private readonly Dictionary<string, List<int>> _dictionaries = new(StringComparer.Ordinal);
    private readonly HashSet<object> _above = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private long _visits;
    private long _characters;

    /// <exception cref="PickleException">It repeats its parts without end.</exception>
    internal PickleTree(object? checkpoint) => Visit(checkpoint, "");

    /// <summary>Name and <see cref="TensorReference"/> or <see cref="UnreadableTensor"/>, in the order they were stored.</summary>
    internal IReadOnlyList<KeyValuePair<string, object>> Tensors => _tensors;

    /// <summary>The names of dicts that hold tensors themselves, with the indices of these; empty for the outermost.</summary>
    internal IReadOnlyDictionary<string, List<int>> Dictionaries => _dictionaries;

    private void Visit(object? value, string path)
    {
        if (value is not (PickleDictionary or List<object?> or PickleTuple)
            || path.Length > LongestName
            || _above.Count > Deepest
            || !_above.Add(value))
            return;
        var again = !_seen.Add(value);
        switch (value)
        {
            case PickleDictionary dictionary:
                if (again) Count(dictionary.Named.Count);
                foreach (var (name, item) in dictionary.Named)
                    Enter(path, dictionary is PickleObject && ModuleParts.Contains(name) ? "" : name, item);
                break;
            case List<object?> list:
                if (again) Count(list.Count);
                for (var i = 0; i < list.Count; i++) EnterItem(path, i, list[i]);
                break;
            case PickleTuple tuple:
                if (again) Count(tuple.Items.Length);
                for (var i = 0; i < tuple.Items.Length; i++) EnterItem(path, i, tuple.Items[i]);
                break;
        }
        _above.Remove(value);
    }

    private void EnterItem(string path, int index, object? item)
    {
        // Lists of plain values may be long.
        if (IsOfInterest(item)) Enter(path, FormattableString.Invariant($"{index}"), item);
    }

    private void Enter(string path, string name, object? item)
    {
        if (!IsOfInterest(item)) return;
        var full = Unwrapped(name.Length == 0 ? path : path.Length == 0 ? name : $"{path}.{name}");
        Count(1);
        _characters += full.Length;
        if (item is TensorReference or UnreadableTensor) Add(path, full, item);
        else Visit(item, full);
    }

    private static bool IsOfInterest(object? item) =>
        item is PickleDictionary or List<object?> or PickleTuple or TensorReference or UnreadableTensor;

    /// <summary>Parts that are reached by many ways are walked through as often, which has an end.</summary>
    private void Count(int items)
    {
        _visits += items;
        if (_visits > MostVisits || _characters > MostCharacters)
            throw new PickleException("repeats its parts more often than any checkpoint does; save the state_dict alone");
    }

    private void Add(string path, string full, object tensor)
    {
        if (full.Length > LongestName) return;
        if (_indices.TryGetValue(full, out var index))
        {
            // One dict may be reached by two ways.
            if (!Equals(_tensors[index].Value, tensor))
                _tensors[index] = KeyValuePair.Create(full, (object)new UnreadableTensor("is there twice, with other values"));
            return;
        }
        _indices[full] = _tensors.Count;
        if (!_dictionaries.TryGetValue(path, out var members)) _dictionaries[path] = members = [];
        members.Add(_tensors.Count);
        _tensors.Add(KeyValuePair.Create(full, tensor));
    }

    private static string Unwrapped(string name)
    {
        var whole = name + ".";
        foreach (var wrapper in Wrappers) whole = whole.Replace(wrapper, "", StringComparison.Ordinal);
        return whole.Length == 0 ? "" : whole[..^1];
    }
}
