using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A storage that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The type of its elements; null for one that is not read.</param>
/// <param name="TypeName">PyTorch's name of that type.</param>
/// <param name="ElementSize">Bytes of an element as it is stored.</param>
/// <param name="Elements">Number of elements.</param>
/// <param name="Offset">
/// Where it begins in the storage that holds its bytes, in elements: other than 0 only for views of the older format.
/// </param>
internal sealed record StorageReference(string Key, ScalarType? Type, string TypeName, int ElementSize, long Elements, long Offset = 0)
{
    /// <summary>Reads a persistent id: ('storage', class, key, device, elements, …).</summary>
    /// <param name="id">The id.</param>
    /// <param name="more">What follows the number of elements.</param>
    /// <exception cref="PickleException">It is something else.</exception>
    internal static StorageReference Of(object? id, out object?[] more)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal storage, string key, _, long elements, .. var rest] } || elements < 0)
            throw new PickleException("has something else where a storage belongs");
        more = rest;
        var type = storage.Name.Split('.')[^1];
        var size = ElementTypes.StorageSize(type) ?? throw new PickleException($"has a storage of '{storage.Name}', which is not supported");
        return new StorageReference(key, ElementTypes.OfStorage(type), type, size, elements);
    }
}
