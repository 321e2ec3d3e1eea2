using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Protocols;

/// <summary>Where protocols are.</summary>
internal static class ProtocolFiles
{
    private const string Folder = "protocols";

    internal static string Find(string nameOrPath)
    {
        if (File.Exists(nameOrPath)) return nameOrPath;
        var folders = Folders().Where(Directory.Exists).ToList();
        if (folders.Select(folder => Path.Combine(folder, nameOrPath + ".json")).FirstOrDefault(File.Exists) is { } found) return found;
        var names = folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.json"))
            .Select(path => $"'{Path.GetFileNameWithoutExtension(path)}'")
            .Distinct()
            .Order(StringComparer.Ordinal);
        throw new MmDiffusionException(
            $"there is no protocol '{nameOrPath}': it is no file, and those that come with the program are "
            + $"{string.Join(", ", names.DefaultIfEmpty("missing"))}");
    }

    /// <summary>A file beside the protocol that names it, or else the name as it is.</summary>
    internal static string Beside(string protocol, string name) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(protocol))!, name) is var path && File.Exists(path) ? path : name;

    private static IEnumerable<string> Folders()
    {
        for (var above = new DirectoryInfo(AppContext.BaseDirectory); above is not null; above = above.Parent)
            yield return Path.Combine(above.FullName, Folder);
    }
}
