using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>
/// The form of PyTorch checkpoints before the zip: three pickles (magic number, protocol, system), the pickle of the object, the pickle of
/// the storages' keys, then each storage as its number of elements and its bytes.
/// </summary>
internal sealed class PyTorchLegacyFile : IDisposable
{
    private const long Protocol = 1001;
    private const int LargestPickles = 256_000_000;

    private static ReadOnlySpan<byte> Magic => [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

    private readonly MemoryMappedFile _file;
    private readonly Dictionary<string, (ScalarType Type, long Elements)> _claimed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);

    private PyTorchLegacyFile(string path) => _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);

    internal static IWeightSource Open(string path)
    {
        PyTorchLegacyFile? file = null;
        try
        {
            file = new PyTorchLegacyFile(path);
            var source = new PyTorchWeights(path, file.Read(new FileInfo(path).Length), file.Fill, file);
            file = null;
            return source;
        }
        catch (PickleException exception)
        {
            throw new MmDiffusionException($"'{path}' cannot be loaded: its pickle {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new MmDiffusionException($"'{path}' is no valid PyTorch checkpoint: {exception.Message}; get or write it again", exception);
        }
        finally
        {
            file?.Dispose();
        }
    }

    public void Dispose() => _file.Dispose();

    private IReadOnlyList<KeyValuePair<string, TensorReference>> Read(long length)
    {
        ReadOnlyMemory<byte> head = new byte[Math.Min(length, LargestPickles)];
        using (var stream = _file.CreateViewStream(0, head.Length, MemoryMappedFileAccess.Read)) stream.ReadExactly(MemoryMarshal.AsMemory(head).Span);
        if (!head.Span.StartsWith(Magic)) throw new InvalidDataException("it is a pickle, but not one that torch.save wrote");
        var at = Magic.Length;
        if (Next(head, ref at) is not Protocol) throw new InvalidDataException("its protocol is unknown");
        if (Next(head, ref at) is PickleDictionary system && system.Named.Any(entry => entry is { Key: "little_endian", Value: false }))
            throw new InvalidDataException("its numbers are big-endian, expected little-endian");
        var tensors = StateDictSections.Find(Next(head, ref at));
        if (Next(head, ref at) is not List<object?> keys) throw new PickleException("has something else where the list of storages belongs");
        Locate(keys, at, length);
        return tensors;
    }

    private object? Next(ReadOnlyMemory<byte> head, ref int at)
    {
        var unpickler = new Unpickler(head[at..], new PickleGlobals(), Storage);
        var value = unpickler.Load();
        at += unpickler.Length;
        return value;
    }

    /// <summary>('storage', class, key, device, elements, view), where a view is (key, offset, elements) or nothing.</summary>
    private StorageReference Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal storage, string key, _, long elements, .. var rest] })
            throw new PickleException("has something else where a storage belongs");
        var type = ElementTypes.OfStorage(storage.Name.Split('.')[^1]) ?? throw new PickleException($"has a storage of '{storage.Name}', which is not supported");
        if (elements < 0 || (_claimed.TryGetValue(key, out var before) && before != (type, elements))) throw new PickleException($"contradicts itself about the storage '{key}'");
        _claimed[key] = (type, elements);
        if (rest is not [PickleTuple { Items: [_, long offset, long viewed] }]) return new StorageReference(key, type, elements);
        if (offset < 0 || viewed < 0 || viewed > elements - offset) throw new PickleException($"has a view that does not fit the storage '{key}'");
        return new StorageReference(key, type, viewed, offset);
    }

    private void Locate(List<object?> keys, long at, long length)
    {
        foreach (var item in keys)
        {
            if (item is not string key || !_claimed.TryGetValue(key, out var claimed)) throw new PickleException("lists a storage that no tensor uses");
            if (length - at < sizeof(long)) throw new InvalidDataException("it is cut short");
            using (var view = _file.CreateViewAccessor(at, sizeof(long), MemoryMappedFileAccess.Read))
                if (view.ReadInt64(0) != claimed.Elements) throw new InvalidDataException($"the storage '{key}' has {view.ReadInt64(0)} elements, expected {claimed.Elements}");
            at += sizeof(long);
            if (claimed.Elements > (length - at) / ElementTypes.Size(claimed.Type)) throw new InvalidDataException("it is cut short");
            _starts[key] = at;
            at += claimed.Elements * ElementTypes.Size(claimed.Type);
        }
        if (_claimed.Keys.FirstOrDefault(key => !_starts.ContainsKey(key)) is { } missing) throw new InvalidDataException($"the storage '{missing}' is missing");
    }

    private Tensor Fill(StorageReference storage, long offset, Tensor target)
    {
        var start = _starts[storage.Key] + (storage.Offset + offset) * ElementTypes.Size(storage.Type);
        using var view = _file.CreateViewAccessor(start, TensorBytes.Length(target), MemoryMappedFileAccess.Read);
        TensorBytes.Fill(target, view.SafeMemoryMappedViewHandle, view.PointerOffset);
        return target;
    }
}
