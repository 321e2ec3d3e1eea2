using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The zip form of PyTorch checkpoints: a pickle, and a file for each storage.</summary>
internal sealed class PyTorchZipFile : IDisposable
{
    private const string PickleName = "data.pkl";
    private const long LargestPickle = 256_000_000;

    private readonly RandomAccessFile _file;
    private readonly ZipDirectory _zip;
    private readonly string _root;
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, ScalarType Type), Tensor> _inflated = [];

    private PyTorchZipFile(RandomAccessFile file)
    {
        _file = file;
        _zip = new ZipDirectory(file);
        var pickles = _zip.Entries.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToList();
        _root = pickles.Count == 1
            ? pickles[0][..^PickleName.Length]
            : throw new InvalidDataException($"it has {pickles.Count} files named {PickleName}, expected 1");
        RequireLittleEndian();
    }

    internal static StoredWeights Open(string path, string? section) => PyTorchWeights.Reading(path, () =>
    {
        var file = new RandomAccessFile(path);
        try
        {
            var zip = new PyTorchZipFile(file);
            return PyTorchWeights.Open(path, zip.ReadPickle(), zip.Fill, zip, section);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    public void Dispose()
    {
        foreach (var storage in _inflated.Values) storage.Dispose();
        _file.Dispose();
    }

    private void RequireLittleEndian()
    {
        if (!_zip.Entries.TryGetValue(_root + "byteorder", out var entry)) return;
        using var reader = new StreamReader(_zip.Open(entry));
        var order = new char[16];
        var found = new string(order, 0, reader.ReadBlock(order));
        if (found != "little") throw new InvalidDataException($"its byte order is '{found}', expected 'little'");
    }

    private object? ReadPickle()
    {
        var entry = _zip.Entries[_root + PickleName];
        if (entry.Length > LargestPickle)
            throw new InvalidDataException($"its pickle claims {entry.Length} bytes, expected at most {LargestPickle}");
        using var stream = _zip.Open(entry);
        return new Unpickler(stream, entry.Length, new PickleGlobals(), Storage).Load();
    }

    private StorageReference Storage(object? id)
    {
        var storage = StorageReference.Of(id, out _);
        if (!_zip.Entries.TryGetValue(FileOf(storage), out var entry))
            throw new PickleException($"needs the storage '{storage.Key}', which is not in the file");
        if (storage.Elements > entry.Length / storage.ElementSize)
            throw new PickleException($"claims {storage.Elements} elements in the storage '{storage.Key}', which has {entry.Length} bytes; it may be cut short");
        _users[storage.Key] = _users.GetValueOrDefault(storage.Key) + 1;
        return storage;
    }

    private string FileOf(StorageReference storage) => $"{_root}data/{storage.Key}";

    private void Fill(StorageReference storage, long offset, Tensor target)
    {
        var entry = _zip.Entries[FileOf(storage)];
        var start = offset * target.element_size();
        if (!entry.IsDeflated) _file.Fill(target, _zip.DataStart(entry) + start);
        else if (_users[storage.Key] > 1) target.copy_(Inflated(storage.Key, entry, target.dtype).narrow(0, offset, target.numel()));
        else
        {
            using var stream = _zip.Open(entry);
            Skip(stream, start);
            TensorBytes.Fill(target, stream);
        }
    }

    /// <summary>A compressed storage that several tensors look into: inflated once, as there is no way into its middle.</summary>
    private Tensor Inflated(string key, ZipDirectory.Entry entry, ScalarType type)
    {
        if (_inflated.TryGetValue((key, type), out var found)) return found;
        using var stream = _zip.Open(entry);
        var elements = empty(entry.Length / ElementTypes.Size(type), type);
        TensorBytes.Fill(elements, stream);
        return _inflated[(key, type)] = elements.DetachFromDisposeScope();
    }

    private static void Skip(Stream stream, long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 20)];
        while (bytes > 0)
        {
            var part = (int)Math.Min(bytes, buffer.Length);
            stream.ReadExactly(buffer, 0, part);
            bytes -= part;
        }
    }
}
