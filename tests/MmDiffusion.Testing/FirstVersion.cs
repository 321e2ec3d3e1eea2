using System.IO.Compression;

namespace MmDiffusion.Testing;

/// <summary>
/// Files as version 0.1.0 wrote them, before formats were changed for the first time: see tests/Fixtures/v0.1.0/README.md. What a user has
/// of it must be read as it was meant, migrated, or refused in one true sentence.
/// </summary>
internal static class FirstVersion
{
    private const string Compressed = ".br";

    private static string Source { get; } = Path.Combine(Checkout.Root, "tests", "Fixtures", "v0.1.0");

    /// <summary>
    /// Copies a file, or a folder with all in it, into a folder of a test; what was compressed to be kept small is as it was.
    /// </summary>
    /// <returns>The copy's path.</returns>
    internal static string CopyTo(this TemporaryFolder folder, string name)
    {
        var source = Path.Combine(Source, name);
        if (!Directory.Exists(source))
        {
            Copy(File.Exists(source) ? source : source + Compressed, folder[name]);
            return folder[name];
        }
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = folder[Path.GetRelativePath(Source, path)];
            Copy(path, target.EndsWith(Compressed, StringComparison.Ordinal) ? target[..^Compressed.Length] : target);
        }
        return folder[name];
    }

    /// <summary>The text of a file.</summary>
    internal static string Read(string name) => File.ReadAllText(Path.Combine(Source, name));

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var read = File.OpenRead(source);
        using var written = File.Create(target);
        if (!source.EndsWith(Compressed, StringComparison.Ordinal))
        {
            read.CopyTo(written);
            return;
        }
        using var inflated = new BrotliStream(read, CompressionMode.Decompress);
        inflated.CopyTo(written);
    }
}
