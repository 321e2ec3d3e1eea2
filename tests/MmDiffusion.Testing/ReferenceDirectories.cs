namespace MmDiffusion.Testing;

/// <summary>
/// Where recorded outputs of the published code are found: every folder with a config.json below <c>../shared/reference</c> beside the
/// checkout, and every directory of the colon-separated variable MMDIFF_REFERENCE_DIR (itself, or folders below it).
/// </summary>
internal static class ReferenceDirectories
{
    internal const string Missing = "no reference directory: neither ../shared/reference beside the checkout nor MMDIFF_REFERENCE_DIR";

    internal static IReadOnlyList<string> All { get; } = [.. Roots().SelectMany(Expand).Distinct()];

    internal static bool Any => All.Count > 0;

    /// <summary>Every directory as a row of theory data.</summary>
    public static IEnumerable<TheoryDataRow<string>> Rows() => All.Count > 0
        ? All.Select(directory => new TheoryDataRow<string>(directory) { TestDisplayName = $"{Path.GetFileName(directory)}" })
        : [new TheoryDataRow<string>("") { Skip = Missing }];

    private static IEnumerable<string> Roots()
    {
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
