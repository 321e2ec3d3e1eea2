using System.Buffers.Binary;
using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Writes safetensors files: whole or not at all, the same bytes for the same content.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes tensors that are at hand.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Name and tensor, on any device, in the order they are stored.</param>
    /// <param name="metadata">Text to carry; null for none.</param>
    /// <exception cref="MmDiffusionException">A name stands twice, a type cannot be stored, or the file cannot be written.</exception>
    public static void Write(
        string path,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.ToList();
        Write(
            path,
            all.Select(entry => new WeightEntry(entry.Key, entry.Value.dtype, entry.Value.shape)),
            name => all.Find(entry => entry.Key == name).Value.alias(),
            metadata);
    }

    /// <summary>Writes tensors that are loaded one at a time, so that they need not fit in memory together.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entries">What is stored, in order.</param>
    /// <param name="load">Gives each tensor when its turn comes.</param>
    /// <param name="metadata">Text to carry; null for none.</param>
    /// <exception cref="MmDiffusionException">A name stands twice, a type cannot be stored, or the file cannot be written.</exception>
    public static void Write(
        string path,
        IEnumerable<WeightEntry> entries,
        Func<string, Tensor> load,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = entries.ToList();
        var header = Header(all, metadata);
        AtomicFile.Write(path, temporary =>
        {
            using var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            file.Write(header);
            foreach (var entry in all)
            {
                using var scope = NewDisposeScope();
                TensorBytes.Write(load(entry.Name).detach().cpu().contiguous(), file);
            }
            SafetensorsSeal.Close(file, header, metadata);
        });
    }

    private static byte[] Header(List<WeightEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            WriteEntries(json, entries);
            json.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0) buffer.WriteByte((byte)' ');
        var header = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, List<WeightEntry> entries)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var offset = 0L;
        foreach (var entry in entries)
        {
            if (!names.Add(entry.Name))
                throw new MmDiffusionException($"two tensors are named '{entry.Name}'; names in a safetensors file must differ");
            json.WriteStartObject(entry.Name);
            json.WriteString("dtype", ElementTypes.SafetensorsName(entry.Type));
            json.WriteStartArray("shape");
            foreach (var extent in entry.Shape) json.WriteNumberValue(extent);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += entry.Elements * ElementTypes.Size(entry.Type));
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}

/// <summary>
/// The SHA-256 of a safetensors file in its own metadata, so that a bit that a disk or a copy changed is found, wherever the file is
/// opened. It is taken of the whole file with zeros in its own place. Files without one are read as they are.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SafetensorsSeal
{
    private const string Key = "sha256";
    private const int Block = 1 << 20;

    private static readonly string Unset = new('0', 2 * SHA256.HashSizeInBytes);

    /// <summary>Metadata that makes <see cref="SafetensorsWriter"/> seal the file.</summary>
    /// <param name="metadata">What else it carries; null for nothing.</param>
    public static IReadOnlyDictionary<string, string> On(IReadOnlyDictionary<string, string>? metadata = null) =>
        new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal) { [Key] = Unset };

    /// <summary>Puts the digest into a file that was written with <see cref="On"/>.</summary>
    internal static void Close(Stream file, byte[] head, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata?.GetValueOrDefault(Key) != Unset || Place(head, Unset) is not (>= 0 and var place)) return;
        var digest = Digest(file, head);
        file.Position = place;
        file.Write(Encoding.ASCII.GetBytes(digest));
    }

    /// <summary>Checks a file.</summary>
    /// <param name="path">Its path, for the message.</param>
    /// <param name="file">The file.</param>
    /// <param name="dataStart">Where its header ends.</param>
    /// <param name="metadata">Of its header.</param>
    /// <exception cref="MmDiffusionException">It is not as it was written.</exception>
    internal static void Require(string path, Stream file, long dataStart, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.GetValueOrDefault(Key) is not { } expected || expected.Length != Unset.Length) return;
        var head = new byte[dataStart];
        file.Position = 0;
        file.ReadExactly(head);
        if (Place(head, expected) is not (>= 0 and var place)) return;
        Encoding.ASCII.GetBytes(Unset).CopyTo(head, place);
        if (Digest(file, head) is var digest && digest != expected)
            throw new MmDiffusionException(
                $"'{path}' is damaged: the SHA-256 of its content is {digest}, expected {expected}; get or write it again");
    }

    private static int Place(byte[] head, string digest) =>
        head.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\"{digest}\"")) is >= 0 and var quote ? quote + 1 : -1;

    private static string Digest(Stream file, byte[] head)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        file.Position = head.Length;
        var block = new byte[Block];
        while (file.Read(block) is > 0 and var count) hash.AppendData(block.AsSpan(0, count));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
