using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>What is in a folder of media files but is not taken for one.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">Paths in it, with forward slashes, of folders with one at the end; what is no file at all is said beside its name.</param>
public sealed record PassedOver(string Folder, IReadOnlyList<string> Files)
{
    private const int MostNames = 5;

    /// <summary>What was looked for. "a media file" by default.</summary>
    public string What { get; init; } = "a media file";

    /// <summary>A sentence that counts and names what was passed over; null where nothing was.</summary>
    public string? Sentence() => Files.Count == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"passed over {Files.Count} {(Files.Count == 1 ? "entry" : "entries")} of '{Folder}' that {(Files.Count == 1 ? "is" : "are")} not named as {What}: {Names()}; rename what is one, or name it itself");

    /// <summary>What an entry of a folder is called here; null where it is rightly left alone: what this program writes beside clips.</summary>
    /// <param name="entry">A file or folder.</param>
    /// <param name="prefix">Path of its folder, with a slash at the end.</param>
    internal static string? NameOf(FileSystemInfo entry, string prefix)
    {
        if (entry is DirectoryInfo) return $"{prefix}{entry.Name}/";
        var name = prefix + entry.Name;
        return FileStatusOf(entry) is { } kind ? $"{name} ({kind})" : IsOurs(entry.Name) ? null : name;
    }

    /// <summary>What something is that has the name of a media file but is no file; null where it is one, or leads nowhere.</summary>
    internal static string? FileStatusOf(FileSystemInfo entry) => InputFile.KindOf(entry.FullName) switch
    {
        FileKind.Pipe => "a named pipe",
        FileKind.Other => "a device or a socket",
        FileKind.Folder => "a folder",
        _ => null,
    };

    private static bool IsOurs(string name) =>
        name is "sheet.png" or "preview.png" || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    private string Names() => string.Join(", ", Files.Take(MostNames)) + (Files.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {Files.Count - MostNames} more") : "");
}
