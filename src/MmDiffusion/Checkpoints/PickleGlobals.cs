namespace MmDiffusion.Checkpoints;

/// <summary>Everything that the pickle of a state dict may name. Whatever is not here is refused.</summary>
internal sealed class PickleGlobals
{
    private readonly Dictionary<string, PickleGlobal> _allowed = new(StringComparer.Ordinal);

    internal PickleGlobals()
    {
        Allow("collections.OrderedDict", arguments => Filled(arguments));
        Allow("torch._utils._rebuild_tensor_v2", RebuildTensor);
        Allow("torch._utils._rebuild_parameter", arguments => At<TensorReference>(arguments, 0, "a tensor"));
        Allow("torch.Size", arguments => At<PickleTuple>(arguments, 0, "a tuple"));
        Allow("torch.device", _ => null);
        foreach (var storage in ElementTypes.Storages) Allow($"torch.{storage}", null);
        foreach (var type in new[] { "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool" }) Allow($"torch.{type}", null);
    }

    internal PickleGlobal Find(string module, string name) => _allowed.TryGetValue($"{module}.{name}", out var found) ? found : throw Refuse(module, name);

    internal static PickleException Refuse(string module, string name) =>
        new($"names '{module}.{name}', which weights do not need; nothing of it was run, and a file like this should not be trusted");

    private void Allow(string name, Func<object?[], object?>? build) => _allowed[name] = new PickleGlobal(name, build);

    /// <summary>An ordered dict, empty or from pairs.</summary>
    private static PickleDictionary Filled(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Length == 0) return dictionary;
        foreach (var item in At<List<object?>>(arguments, 0, "a list of pairs"))
        {
            var pair = item switch
            {
                PickleTuple tuple => tuple.Items,
                List<object?> list => [.. list],
                _ => [],
            };
            if (pair.Length != 2) throw new PickleException("has something else where a pair belongs");
            dictionary.Set(pair[0], pair[1]);
        }
        return dictionary;
    }

    /// <summary>(storage, offset, shape, strides, requires gradient, hooks, …)</summary>
    private static TensorReference RebuildTensor(object?[] arguments)
    {
        var tensor = new TensorReference(
            At<StorageReference>(arguments, 0, "a storage"), At<long>(arguments, 1, "an offset"), Numbers(arguments, 2), Numbers(arguments, 3));
        tensor.Validate();
        return tensor;
    }

    private static long[] Numbers(object?[] arguments, int index) =>
        [.. At<PickleTuple>(arguments, index, "a tuple").Items.Select(item => item is long number ? number : throw new PickleException("has something else where a whole number belongs"))];

    private static T At<T>(object?[] arguments, int index, string expected) =>
        index < arguments.Length && arguments[index] is T value ? value : throw new PickleException($"has something else where {expected} belongs");
}
