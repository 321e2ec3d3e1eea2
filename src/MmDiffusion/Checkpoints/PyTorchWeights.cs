using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>What the two forms of PyTorch checkpoints have in common: a tree of values, whose tensors are windows into storages.</summary>
internal static class PyTorchWeights
{
    /// <summary>Fills a contiguous tensor with a storage's elements from an index on.</summary>
    internal delegate void Filler(StorageReference storage, long offset, Tensor target);

    /// <summary>The tensors of a checkpoint over some way to read storages.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="checkpoint">What the pickle holds.</param>
    /// <param name="fill">Reads storages.</param>
    /// <param name="file">Closed with the result.</param>
    /// <param name="section">The section to take; null to choose.</param>
    /// <exception cref="PickleException">There are no tensors.</exception>
    internal static StoredWeights Open(string path, object? checkpoint, Filler fill, IDisposable file, string? section)
    {
        var tree = new PickleTree(checkpoint);
        if (tree.Tensors.Count == 0) throw new PickleException("holds no tensors by name, expected a state dict");
        return new StoredWeights(path, [.. tree.Tensors.Select(Stored)], tree.Dictionaries, new Dictionary<string, string>(), index => Load((TensorReference)tree.Tensors[index].Value, fill), file, section);
    }

    /// <summary>Opens a checkpoint, whose faults become sentences.</summary>
    internal static StoredWeights Reading(string path, Func<StoredWeights> open)
    {
        try
        {
            return open();
        }
        catch (PickleException exception)
        {
            throw new MmDiffusionException($"'{path}' cannot be loaded: its pickle {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new MmDiffusionException($"'{path}' is no valid PyTorch checkpoint: {exception.Message}; get or write it again", exception);
        }
    }

    private static StoredTensor Stored(KeyValuePair<string, object> entry) => entry.Value is TensorReference tensor
        ? new StoredTensor(new WeightEntry(entry.Key, tensor.Storage.Type!.Value, tensor.Shape), null)
        : new StoredTensor(new WeightEntry(entry.Key, default, []), ((UnreadableTensor)entry.Value).Reason);

    private static Tensor Load(TensorReference tensor, Filler fill)
    {
        var type = tensor.Storage.Type!.Value;
        if (tensor.Extent == 0) return empty(tensor.Shape, type);
        using var scope = NewDisposeScope();
        var elements = empty(tensor.Extent, type);
        fill(tensor.Storage, tensor.Offset, elements);
        var result = tensor.IsContiguous ? elements.view(tensor.Shape) : elements.as_strided(tensor.Shape, tensor.Strides).contiguous();
        return result.MoveToOuterDisposeScope();
    }
}
