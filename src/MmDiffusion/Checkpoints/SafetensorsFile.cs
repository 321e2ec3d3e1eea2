using System.Buffers.Binary;
using System.ComponentModel;
using System.Text.Json;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A safetensors file.</summary>
internal static class SafetensorsFile
{
    internal static StoredWeights Open(string path, string? section)
    {
        var file = new RandomAccessFile(path);
        try
        {
            SafetensorsHeader header;
            using (var stream = file.Part(0, file.Length))
            {
                header = SafetensorsHeader.Read(path, stream);
                SafetensorsSeal.Require(path, stream, header.DataStart, header.Metadata);
            }
            var entries = header.Entries.Values.OrderBy(entry => entry.Begin).ToList();
            return new StoredWeights(
                path, [.. entries.Select(entry => new StoredTensor(entry.Entry, null))], null, header.Metadata, Load, file, section);

            Tensor Load(int index)
            {
                var (entry, begin, _) = entries[index];
                using var scope = NewDisposeScope();
                var tensor = empty([.. entry.Shape], entry.Type);
                file.Fill(tensor, header.DataStart + begin);
                return tensor.MoveToOuterDisposeScope();
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

/// <summary>The header of a safetensors file: eight bytes of length, then JSON. Everything in it is checked before it is used.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class SafetensorsHeader
{
    private const int LengthSize = 8;
    private const long LargestHeader = 100_000_000;
    private const int DeepestJson = 8;
    private const int LargestRank = 64;
    private const string MetadataKey = "__metadata__";

    /// <summary>Types of the format that no weights of these networks have.</summary>
    private static readonly HashSet<string> OtherTypes = new(
        ["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0", "F4", "F6_E2M3", "F6_E3M2", "U16", "U32", "U64", "C64"],
        StringComparer.Ordinal);

    private readonly string _path;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (WeightEntry Entry, long Begin, long End)> _entries = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>The tensors by name, with where each begins and ends behind <see cref="DataStart"/>.</summary>
    public IReadOnlyDictionary<string, (WeightEntry Entry, long Begin, long End)> Entries => _entries;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Where the tensors' bytes begin in the file.</summary>
    public long DataStart { get; private set; }

    /// <summary>Reads the header at the start of a file.</summary>
    public static SafetensorsHeader Read(string path, Stream file)
    {
        var header = new SafetensorsHeader(path);
        header.Parse(header.ReadJson(file));
        header.RequireGapless(file.Length - header.DataStart);
        return header;
    }

    private byte[] ReadJson(Stream file)
    {
        Span<byte> prefix = stackalloc byte[LengthSize];
        if (file.ReadAtLeast(prefix, LengthSize, throwOnEndOfStream: false) < LengthSize)
            throw Damaged($"it has {file.Length} bytes, too few for a header");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader) throw Damaged($"its header claims {length} bytes, expected at most {LargestHeader}");
        if ((long)length > file.Length - LengthSize)
            throw Damaged($"its header claims {length} bytes, but {file.Length - LengthSize} follow; it may be cut short");
        var json = new byte[length];
        file.ReadExactly(json);
        DataStart = LengthSize + (long)length;
        return json;
    }

    private void Parse(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DeepestJson });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Damaged("its header is no JSON object");
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey) ParseMetadata(property.Value);
                else if (!_entries.TryAdd(property.Name, ParseEntry(property.Name, property.Value)))
                    throw Damaged($"'{property.Name}' is in it twice");
            }
        }
        catch (Exception exception) when (exception is JsonException
            or InvalidOperationException
            or FormatException
            or KeyNotFoundException)
        {
            throw Damaged($"its header is not valid: {exception.Message}");
        }
    }

    private void ParseMetadata(JsonElement metadata)
    {
        foreach (var property in metadata.EnumerateObject())
            _metadata[property.Name] = property.Value.GetString() ?? throw Damaged($"its metadata '{property.Name}' is no text");
    }

    private (WeightEntry Entry, long Begin, long End) ParseEntry(string name, JsonElement entry)
    {
        var typeName = entry.GetProperty("dtype").GetString() ?? "";
        var type = ElementTypes.OfSafetensors(typeName) ?? throw Unreadable(name, typeName);
        var shape = entry.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64()).ToArray();
        if (shape.Length > LargestRank) throw Damaged($"'{name}' has {shape.Length} dimensions, expected at most {LargestRank}");
        var offsets = entry.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw Damaged($"'{name}' has {offsets.GetArrayLength()} data_offsets, expected 2");
        long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (begin < 0 || end < begin) throw Damaged($"'{name}' lies from {begin} to {end}, which is no range");
        var size = Size(name, type, shape);
        if (end - begin != size)
            throw Damaged($"'{name}' has {end - begin} bytes, expected {size} for [{string.Join(", ", shape)}] of {typeName}");
        return (new WeightEntry(name, type, shape), begin, end);
    }

    private long Size(string name, ScalarType type, long[] shape)
    {
        try
        {
            if (Array.Exists(shape, extent => extent < 0)) throw Damaged($"'{name}' has the shape [{string.Join(", ", shape)}]");
            // Also where an extent is 0: sizes of the others are multiplied later.
            var size = shape.Aggregate((long)ElementTypes.Size(type), (product, extent) => checked(product * Math.Max(extent, 1)));
            return Array.IndexOf(shape, 0) >= 0 ? 0 : size;
        }
        catch (OverflowException)
        {
            throw Damaged($"'{name}' has the shape [{string.Join(", ", shape)}], which is too large");
        }
    }

    /// <summary>The format wants every byte of the data to belong to exactly one tensor.</summary>
    private void RequireGapless(long dataLength)
    {
        var end = 0L;
        foreach (var (entry, from, to) in _entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (from < end) throw Damaged($"'{entry.Name}' overlaps the tensor before it");
            if (from > end) throw Damaged($"{from - end} bytes before '{entry.Name}' belong to no tensor");
            end = to;
        }
        if (end > dataLength) throw Damaged($"its tensors need {end} bytes, but {dataLength} are there; it may be cut short");
        if (end < dataLength) throw Damaged($"its tensors need {end} bytes, but {dataLength} are there");
    }

    private MmDiffusionException Unreadable(string name, string type) => OtherTypes.Contains(type)
        ? new($"'{_path}' cannot be loaded: '{name}' is stored as '{type}', which is not read; convert it to float16, bfloat16 or float32")
        : Damaged($"'{name}' has the type '{type}', which is not supported");

    private MmDiffusionException Damaged(string what) => new($"'{_path}' is no valid safetensors file: {what}; get or write it again");
}
