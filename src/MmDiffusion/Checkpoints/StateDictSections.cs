namespace MmDiffusion.Checkpoints;

/// <summary>Finds the state dict in what a checkpoint holds: the value itself, or an entry of it.</summary>
internal static class StateDictSections
{
    private static readonly string[] Preferred = ["ema", "ema_state_dict", "state_dict", "model_state_dict", "model", "module", "params"];

    /// <summary>The tensors of a checkpoint, in order. Of several state dicts the smoothed one (EMA) is preferred.</summary>
    /// <exception cref="PickleException">There are no tensors.</exception>
    internal static IReadOnlyList<KeyValuePair<string, TensorReference>> Find(object? checkpoint)
    {
        if (checkpoint is not PickleDictionary dictionary) throw new PickleException("holds no dict, expected a state dict of tensors");
        if (Tensors(dictionary) is { Count: > 0 } own) return own;
        var sections = dictionary.Named.Where(entry => entry.Value is PickleDictionary).ToDictionary(entry => entry.Key, entry => Tensors((PickleDictionary)entry.Value!));
        var name = Preferred.FirstOrDefault(candidate => sections.TryGetValue(candidate, out var tensors) && tensors.Count > 0)
            ?? sections.Where(section => section.Value.Count > 0).Select(section => section.Key).FirstOrDefault();
        return name is null ? throw new PickleException("holds no tensors by name, expected a state dict") : sections[name];
    }

    private static List<KeyValuePair<string, TensorReference>> Tensors(PickleDictionary dictionary) =>
        [.. dictionary.Named.Where(entry => entry.Value is TensorReference).Select(entry => KeyValuePair.Create(entry.Key, (TensorReference)entry.Value!))];
}
