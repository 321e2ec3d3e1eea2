using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Evaluation.Features;

/// <summary>
/// Keeps what was measured of clips, by the content of the file and by how it was measured, so that an evaluation that was stopped
/// continues and a second one is fast. What cannot be kept is measured again. May be used by several threads and processes at once.
/// </summary>
/// <param name="folder">Where; made when it is needed.</param>
public sealed class FeatureCache(string folder)
{
    private const int Seal = SHA256.HashSizeInBytes;

    /// <summary>Among the user's caches; null where there is no such folder.</summary>
    public static FeatureCache? OfUser() =>
        FactFiles.Caches() is { } caches ? new FeatureCache(Path.Combine(caches, "mmdiff", "features")) : null;

    /// <summary>Names what is kept by everything that it depends on.</summary>
    internal static string Key(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));

    /// <summary>Finds what was kept whole.</summary>
    internal byte[]? Find(string key)
    {
        try
        {
            var stored = File.ReadAllBytes(PathOf(key));
            if (stored.Length < Seal) return null;
            var content = stored.AsSpan(0, stored.Length - Seal);
            return SHA256.HashData(content).AsSpan().SequenceEqual(stored.AsSpan(stored.Length - Seal)) ? content.ToArray() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps something.</summary>
    internal void Add(string key, byte[] content)
    {
        try
        {
            AtomicFile.Write(PathOf(key), temporary => File.WriteAllBytes(temporary, [.. content, .. SHA256.HashData(content)]));
        }
        catch (MmDiffusionException)
        {
            // A full or read-only disk: keeping saves time, no more.
        }
    }

    private string PathOf(string key) => Path.Combine(folder, key[..2], key[2..]);
}
