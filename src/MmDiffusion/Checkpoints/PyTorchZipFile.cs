using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
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
        var pickles = _zip.Entries.Keys
            .Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal))
            .ToList();
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
            throw new PickleException(
                $"claims {storage.Elements} elements in the storage '{storage.Key}', which has {entry.Length} bytes; it may be cut short");
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

/// <summary>
/// What a zip holds, by name, and where. Unlike the library's, it says where the bytes of a stored file begin, so that any part of it is
/// read without those before. Every size is checked against the file.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndSize = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int LocatorSize = 20;
    private const int End64Size = 56;
    private const int EntrySize = 46;
    private const int LocalSize = 30;
    private const int MostEntries = 1_000_000;
    private const long LargestDirectory = 100_000_000;
    private const ushort Stored = 0;
    private const ushort Deflated = 8;

    // What deflate can do at most.
    private const long LargestRatio = 1032;

    private readonly RandomAccessFile _file;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The file is no zip, or damaged.</exception>
    internal ZipDirectory(RandomAccessFile file)
    {
        _file = file;
        var (start, size, count) = FindDirectory();
        if (start < 0
            || size < 0
            || size > LargestDirectory
            || start > file.Length - size
            || count < 0
            || count > Math.Min(MostEntries, size / EntrySize))
            throw new InvalidDataException("its directory of files is damaged; it may be cut short");
        var directory = new byte[size];
        file.Read(start, directory);
        ReadOnlySpan<byte> rest = directory;
        for (var i = 0L; i < count; i++)
        {
            var (name, entry) = ReadEntry(ref rest);
            if (!_entries.TryAdd(name, entry)) throw new InvalidDataException($"'{name}' is in it twice");
        }
    }

    /// <summary>A file in the zip.</summary>
    /// <param name="IsDeflated">Whether it is compressed; otherwise it is stored as it is.</param>
    /// <param name="Compressed">Bytes in the zip.</param>
    /// <param name="Length">Bytes of the file.</param>
    /// <param name="Header">Where its own header begins in the zip.</param>
    internal sealed record Entry(bool IsDeflated, long Compressed, long Length, long Header);

    internal IReadOnlyDictionary<string, Entry> Entries => _entries;

    /// <summary>Where the bytes of a file begin in the zip.</summary>
    internal long DataStart(Entry entry)
    {
        Span<byte> local = stackalloc byte[LocalSize];
        _file.Read(entry.Header, local);
        if (!local.StartsWith("PK\u0003\u0004"u8)) throw new InvalidDataException("a file in it has no header");
        var start = entry.Header
            + LocalSize
            + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        return start <= _file.Length - entry.Compressed ? start : throw new InvalidDataException("it is cut short");
    }

    /// <summary>The bytes of a file from its beginning.</summary>
    internal Stream Open(Entry entry)
    {
        var bytes = _file.Part(DataStart(entry), entry.Compressed);
        return entry.IsDeflated ? new DeflateStream(bytes, CompressionMode.Decompress) : bytes;
    }

    private (long Start, long Size, long Count) FindDirectory()
    {
        var tail = new byte[Math.Min(_file.Length, EndSize + LongestComment)];
        var tailStart = _file.Length - tail.Length;
        _file.Read(tailStart, tail);
        var at = tail.Length - EndSize;
        while (at >= 0
            && !(tail.AsSpan(at).StartsWith("PK\u0005\u0006"u8)
                && at + EndSize + BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20)) <= tail.Length)) at--;
        if (at < 0) throw new InvalidDataException("it begins like a zip but has no directory of files at its end; it may be cut short");
        var end = tail.AsSpan(at);
        (long Start, long Size, long Count) found = (BinaryPrimitives.ReadUInt32LittleEndian(end[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(end[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(end[10..]));
        var isLarge = found is { Start: uint.MaxValue } or { Size: uint.MaxValue } or { Count: ushort.MaxValue };
        return isLarge && FindLarge(tailStart + at) is { } large ? large : found;
    }

    /// <summary>The directory of a zip whose sizes need 64 bits; null where the file has none.</summary>
    private (long Start, long Size, long Count)? FindLarge(long end)
    {
        if (end < LocatorSize) return null;
        Span<byte> locator = stackalloc byte[LocatorSize];
        _file.Read(end - LocatorSize, locator);
        if (!locator.StartsWith("PK\u0006\u0007"u8)) return null;
        var at = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (at < 0 || at > end - LocatorSize - End64Size) throw new InvalidDataException("its directory of files is damaged");
        Span<byte> large = stackalloc byte[End64Size];
        _file.Read(at, large);
        if (!large.StartsWith("PK\u0006\u0006"u8)) throw new InvalidDataException("its directory of files is damaged");
        return (BinaryPrimitives.ReadInt64LittleEndian(large[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(large[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(large[32..]));
    }

    private (string Name, Entry Entry) ReadEntry(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < EntrySize || !rest.StartsWith("PK\u0001\u0002"u8))
            throw new InvalidDataException("its directory of files is damaged");
        int UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        var (flags, method) = (UInt16(rest, 8), UInt16(rest, 10));
        var (nameLength, extraLength, commentLength) = (UInt16(rest, 28), UInt16(rest, 30), UInt16(rest, 32));
        if (rest.Length < EntrySize + nameLength + extraLength + commentLength)
            throw new InvalidDataException("its directory of files is damaged");
        var name = Encoding.UTF8.GetString(rest.Slice(EntrySize, nameLength));
        Span<long> sizes =
        [
            BinaryPrimitives.ReadUInt32LittleEndian(rest[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(rest[42..]),
        ];
        ReadLargeSizes(rest.Slice(EntrySize + nameLength, extraLength), sizes);
        rest = rest[(EntrySize + nameLength + extraLength + commentLength)..];
        var entry = new Entry(method == Deflated, sizes[1], sizes[0], sizes[2]);
        if ((flags & 1) != 0) throw new InvalidDataException($"'{name}' in it is encrypted");
        if (method is not (Stored or Deflated))
            throw new InvalidDataException(
                $"'{name}' in it is compressed by method {method}, expected {Stored} (stored) or {Deflated} (deflate)");
        if (entry.Header < 0
            || entry.Compressed < 0
            || entry.Header > _file.Length - LocalSize
            || entry.Compressed > _file.Length - LocalSize - entry.Header)
            throw new InvalidDataException($"'{name}' in it lies beyond its end; it may be cut short");
        var most = entry.IsDeflated ? entry.Compressed * LargestRatio : entry.Compressed;
        if (entry.Length < 0 || entry.Length > most || (!entry.IsDeflated && entry.Length != entry.Compressed))
            throw new InvalidDataException($"'{name}' in it claims {entry.Length} bytes, which its {entry.Compressed} cannot hold");
        return (name, entry);
    }

    /// <summary>Replaces the sizes that do not fit 32 bits by those of the entry's extra field.</summary>
    private static void ReadLargeSizes(ReadOnlySpan<byte> extra, Span<long> sizes)
    {
        while (extra.Length >= 4)
        {
            var (id, length) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            if (length > extra.Length - 4) return;
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (id != 1) continue;
            for (var i = 0; i < sizes.Length; i++)
            {
                if (sizes[i] != uint.MaxValue || field.Length < sizeof(long)) continue;
                sizes[i] = BinaryPrimitives.ReadInt64LittleEndian(field);
                field = field[sizeof(long)..];
            }
        }
    }
}
