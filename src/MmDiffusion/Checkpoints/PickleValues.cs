namespace MmDiffusion.Checkpoints;

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python dict, in order; keys that are no text are kept out of the way.</summary>
internal sealed class PickleDictionary
{
    private readonly List<KeyValuePair<string, object?>> _named = [];

    /// <summary>The entries whose keys are text, in the order they were set.</summary>
    internal IReadOnlyList<KeyValuePair<string, object?>> Named => _named;

    internal void Set(object? key, object? value)
    {
        if (key is not string name) return;
        _named.Add(new(name, value));
    }
}

/// <summary>Something that a pickle may name: a function of ours that builds a value, or a plain value.</summary>
internal sealed record PickleGlobal(string Name, Func<object?[], object?>? Build);
