using System.Buffers.Binary;
using MmDiffusion.Media;
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
        if (tree.Tensors.Count == 0) throw new PickleException("holds no tensors by name, expected a checkpoint's weights");
        return new StoredWeights(
            path,
            [.. tree.Tensors.Select(Stored)],
            tree.Dictionaries,
            new Dictionary<string, string>(),
            index => Load((TensorReference)tree.Tensors[index].Value, fill),
            file,
            section);
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
            throw new MmDiffusionException(
                $"'{path}' is no valid PyTorch checkpoint: {exception.Message}; get or write it again",
                exception);
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

/// <summary>
/// The form of PyTorch checkpoints before the zip: three pickles (magic number, protocol, system), the pickle of the object, the pickle of
/// the storages' keys, then each storage as its number of elements and its bytes.
/// </summary>
internal sealed class PyTorchLegacyFile : IDisposable
{
    private const long Protocol = 1001;
    private const long LargestPickles = 256_000_000;

    private static ReadOnlySpan<byte> Magic => [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

    private readonly RandomAccessFile _file;
    private readonly Dictionary<string, StorageReference> _claimed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);

    private PyTorchLegacyFile(string path) => _file = new RandomAccessFile(path);

    internal static StoredWeights Open(string path, string? section) => PyTorchWeights.Reading(path, () =>
    {
        var file = new PyTorchLegacyFile(path);
        try
        {
            return PyTorchWeights.Open(path, file.Read(), file.Fill, file, section);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    public void Dispose() => _file.Dispose();

    private object? Read()
    {
        var length = _file.Length;
        Span<byte> head = stackalloc byte[(int)Math.Min(length, Magic.Length)];
        _file.Read(0, head);
        if (!head.SequenceEqual(Magic)) throw new InvalidDataException("it is a pickle, but not one that torch.save wrote");
        var at = (long)head.Length;
        if (Next(ref at) is not Protocol) throw new InvalidDataException("its protocol is unknown");
        if (Next(ref at) is PickleDictionary system && system.Named.Any(entry => entry is { Key: "little_endian", Value: false }))
            throw new InvalidDataException("its numbers are big-endian, expected little-endian");
        var checkpoint = Next(ref at);
        if (Next(ref at) is not List<object?> keys) throw new PickleException("has something else where the list of storages belongs");
        Locate(keys, at, length);
        return checkpoint;
    }

    private object? Next(ref long at)
    {
        var length = Math.Min(_file.Length, LargestPickles) - at;
        using var stream = _file.Part(at, length);
        var unpickler = new Unpickler(stream, length, new PickleGlobals(), Persistent);
        var value = unpickler.Load();
        at += unpickler.Length;
        return value;
    }

    /// <summary>
    /// A storage, whose view is (key, offset, elements) or nothing; or a class with its source, which means nothing here.
    /// </summary>
    private object Persistent(object? id)
    {
        if (id is PickleTuple { Items: ["module", PickleGlobal type, ..] }) return type;
        var storage = StorageReference.Of(id, out var more);
        if (_claimed.TryGetValue(storage.Key, out var before) && before != storage)
            throw new PickleException($"contradicts itself about the storage '{storage.Key}'");
        _claimed[storage.Key] = storage;
        if (more is not [PickleTuple { Items: [_, long offset, long viewed] }]) return storage;
        if (offset < 0 || viewed < 0 || viewed > storage.Elements - offset)
            throw new PickleException($"has a view that does not fit the storage '{storage.Key}'");
        return storage with { Offset = offset, Elements = viewed };
    }

    private void Locate(List<object?> keys, long at, long length)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var item in keys)
        {
            if (item is not string key || !_claimed.TryGetValue(key, out var claimed))
                throw new PickleException("lists a storage that no tensor uses");
            if (length - at < sizeof(long)) throw new InvalidDataException("it is cut short");
            _file.Read(at, number);
            var elements = BinaryPrimitives.ReadInt64LittleEndian(number);
            if (elements != claimed.Elements)
                throw new InvalidDataException($"the storage '{key}' has {elements} elements, expected {claimed.Elements}");
            at += sizeof(long);
            if (elements > (length - at) / claimed.ElementSize) throw new InvalidDataException("it is cut short");
            _starts[key] = at;
            at += elements * claimed.ElementSize;
        }
        if (_claimed.Keys.FirstOrDefault(key => !_starts.ContainsKey(key)) is { } missing)
            throw new InvalidDataException($"the storage '{missing}' is missing");
    }

    private void Fill(StorageReference storage, long offset, Tensor target) =>
        _file.Fill(target, _starts[storage.Key] + storage.Offset * storage.ElementSize + offset * target.element_size());
}
