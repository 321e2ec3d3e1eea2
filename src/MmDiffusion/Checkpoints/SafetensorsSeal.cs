using System.Security.Cryptography;
using System.Text;

namespace MmDiffusion.Checkpoints;

/// <summary>
/// The SHA-256 of a safetensors file in its own metadata, so that a bit that a disk or a copy changed is found, wherever the file is opened. It is
/// taken of the whole file with zeros in its own place. Files without one are read as they are.
/// </summary>
internal static class SafetensorsSeal
{
    private const string Key = "sha256";
    private const int Block = 1 << 20;

    private static readonly string Unset = new('0', 2 * SHA256.HashSizeInBytes);

    /// <summary>Metadata that makes <see cref="SafetensorsWriter"/> seal the file.</summary>
    /// <param name="metadata">What else it carries; null for nothing.</param>
    internal static IReadOnlyDictionary<string, string> On(IReadOnlyDictionary<string, string>? metadata = null) =>
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
            throw new MmDiffusionException($"'{path}' is damaged: the SHA-256 of its content is {digest}, expected {expected}; get or write it again");
    }

    private static int Place(byte[] head, string digest) => head.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\"{digest}\"")) is >= 0 and var quote ? quote + 1 : -1;

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
