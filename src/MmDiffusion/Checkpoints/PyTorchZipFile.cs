using System.IO.Compression;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The zip form of PyTorch checkpoints: a pickle, and a file for each storage.</summary>
internal static class PyTorchZipFile
{
    private const string PickleName = "data.pkl";
    private const long LargestPickle = 256_000_000;

    internal static IWeightSource Open(string path)
    {
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            var entries = Entries(archive);
            var root = Root(entries);
            RequireLittleEndian(entries, root);
            var unpickler = new Unpickler(ReadPickle(entries[root + PickleName]), new PickleGlobals(), id => Storage(id, entries, root));
            var tensors = StateDictSections.Find(unpickler.Load());
            var source = new PyTorchWeights(path, tensors, (storage, offset, target) => Fill(entries[$"{root}data/{storage.Key}"], storage, offset, target), archive);
            archive = null;
            return source;
        }
        catch (PickleException exception)
        {
            throw new MmDiffusionException($"'{path}' cannot be loaded: its pickle {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException)
        {
            throw new MmDiffusionException($"'{path}' is no valid PyTorch checkpoint: {exception.Message}; get or write it again", exception);
        }
        finally
        {
            archive?.Dispose();
        }
    }

    private static Dictionary<string, ZipArchiveEntry> Entries(ZipArchive archive)
    {
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
            if (!entries.TryAdd(entry.FullName, entry)) throw new InvalidDataException($"'{entry.FullName}' is in it twice");
        return entries;
    }

    private static string Root(Dictionary<string, ZipArchiveEntry> entries)
    {
        var pickles = entries.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToList();
        return pickles.Count == 1 ? pickles[0][..^PickleName.Length] : throw new InvalidDataException($"it has {pickles.Count} files named {PickleName}, expected 1");
    }

    private static void RequireLittleEndian(Dictionary<string, ZipArchiveEntry> entries, string root)
    {
        if (!entries.TryGetValue(root + "byteorder", out var entry)) return;
        using var reader = new StreamReader(entry.Open());
        var order = new char[16];
        var found = new string(order, 0, reader.ReadBlock(order));
        if (found != "little") throw new InvalidDataException($"its byte order is '{found}', expected 'little'");
    }

    private static byte[] ReadPickle(ZipArchiveEntry entry)
    {
        if (entry.Length > LargestPickle) throw new InvalidDataException($"its pickle claims {entry.Length} bytes, expected at most {LargestPickle}");
        using var stream = entry.Open();
        var pickle = new byte[entry.Length];
        stream.ReadExactly(pickle);
        return pickle;
    }

    /// <summary>('storage', class, key, device, elements)</summary>
    private static StorageReference Storage(object? id, Dictionary<string, ZipArchiveEntry> entries, string root)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal storage, string key, _, long elements, ..] })
            throw new PickleException("has something else where a storage belongs");
        var type = ElementTypes.OfStorage(storage.Name.Split('.')[^1]) ?? throw new PickleException($"has a storage of '{storage.Name}', which is not supported");
        if (!entries.TryGetValue($"{root}data/{key}", out var entry)) throw new PickleException($"needs the storage '{key}', which is not in the file");
        if (elements < 0 || elements > entry.Length / ElementTypes.Size(type))
            throw new PickleException($"claims {elements} elements in the storage '{key}', which has {entry.Length} bytes; it may be cut short");
        return new StorageReference(key, type, elements);
    }

    private static Tensor Fill(ZipArchiveEntry entry, StorageReference storage, long offset, Tensor target)
    {
        using var stream = entry.Open();
        Skip(stream, offset * ElementTypes.Size(storage.Type));
        TensorBytes.Fill(target, stream);
        return target;
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
