namespace MmDiffusion.Checkpoints;

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python value that no weights need, and of which nothing is kept: a float, bytes, a set, a number beyond 64 bits.</summary>
internal sealed class PickleOpaque
{
    internal static PickleOpaque Instance { get; } = new();

    private PickleOpaque()
    {
    }
}

/// <summary>A Python dict, in order; as there, a key that is set again keeps its place and has the new value.</summary>
internal class PickleDictionary
{
    private OrderedDictionary<string, object?>? _named;

    /// <summary>The entries whose keys are text or whole numbers, in the order they were set.</summary>
    internal IReadOnlyList<KeyValuePair<string, object?>> Named => (IReadOnlyList<KeyValuePair<string, object?>>?)_named ?? [];

    internal void Set(object? key, object? value)
    {
        if ((key as string ?? (key is long number ? FormattableString.Invariant($"{number}") : null)) is not { } name) return;
        _named ??= new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        _named[name] = value;
    }

    internal void Add(PickleDictionary other)
    {
        if (ReferenceEquals(other, this)) return;
        foreach (var (key, value) in other.Named) Set(key, value);
    }
}

/// <summary>An object of any class, never made: its attributes and items by name, for weights that may be among them.</summary>
/// <param name="name">The class.</param>
internal sealed class PickleObject(string name) : PickleDictionary
{
    internal string Name => name;
}

/// <summary>
/// Something that a pickle may name: a function of ours that stands for Python's, or a plain value, which cannot be called.
/// </summary>
internal sealed record PickleGlobal(string Name, Func<object?[], object?>? Build);
