using System.Security.Cryptography;

namespace MmDiffusion.Testing;

/// <summary>
/// Where recorded outputs of the published code are found: every folder with a config.json below <c>tests/reference</c>, which every
/// clone has, and below <c>../shared/reference</c> beside the checkout, and every directory of the colon-separated variable
/// MMDIFF_REFERENCE_DIR (itself, or folders below it).
/// </summary>
internal static class ReferenceDirectories
{
    internal static IReadOnlyList<string> All { get; } = [.. Roots().SelectMany(Expand).Distinct()];

    /// <summary>Every directory as a row of theory data.</summary>
    public static IEnumerable<TheoryDataRow<string>> Rows() =>
        All.Select(directory => new TheoryDataRow<string>(directory) { TestDisplayName = $"{Path.GetFileName(directory)}" });

    /// <summary>Those that hold a file, each content once: a larger set may hold the small one's as they are.</summary>
    public static IEnumerable<TheoryDataRow<string>> RowsOf(string file) =>
        All.Where(directory => File.Exists(Path.Combine(directory, file)))
            .DistinctBy(directory => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(directory, file)))))
            .Select(directory => new TheoryDataRow<string>(directory) { TestDisplayName = $"{Path.GetFileName(directory)}" });

    private static IEnumerable<string> Roots()
    {
        yield return Path.Combine(Checkout.Root, "tests", "reference");
        if (Checkout.Shared is { } shared) yield return Path.Combine(shared, "reference");
        foreach (var directory in (Environment.GetEnvironmentVariable("MMDIFF_REFERENCE_DIR") ?? "").Split(
            ':',
            StringSplitOptions.RemoveEmptyEntries))
            yield return Path.GetFullPath(directory);
    }

    private static IEnumerable<string> Expand(string root)
    {
        if (!Directory.Exists(root)) return [];
        return File.Exists(Path.Combine(root, "config.json"))
            ? [root]
            : Directory.EnumerateDirectories(root)
                .Where(folder => File.Exists(Path.Combine(folder, "config.json")))
                .Order(StringComparer.Ordinal);
    }
}
