using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Data.Indexing;

/// <summary>The media files of a data set: a folder whatever its layout, or a single file.</summary>
internal static class MediaFolder
{
    /// <summary>Finds the files, in folders below too; what begins with a dot is left alone.</summary>
    /// <param name="path">A folder, or a media file.</param>
    /// <returns>The folder, at least one path in it with forward slashes, in ordinal order, and what was passed over.</returns>
    /// <exception cref="MmDiffusionException">There is no such path, it may not be read, or it has no media files.</exception>
    internal static (string Folder, IReadOnlyList<string> Files, PassedOver PassedOver) Find(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full) && !InputFile.IsAbsent(full))
        {
            InputFile.Require(full, "media file");
            return (Path.GetDirectoryName(full)!, [Path.GetFileName(full)], new PassedOver(path, []));
        }
        var found = FindAny(path);
        return found.Files.Count > 0
            ? found
            : throw new MmDiffusionException($"neither '{path}' nor a folder in it has media files; name a folder of videos");
    }

    /// <summary>The media files of a folder, which may be none.</summary>
    /// <exception cref="MmDiffusionException">There is no such folder, or it may not be read.</exception>
    internal static (string Folder, IReadOnlyList<string> Files, PassedOver PassedOver) FindAny(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full))
            throw new MmDiffusionException(
                $"'{path}' does not exist; name a folder of videos, one video, or a folder made by 'mmdiff data pack'");
        try
        {
            var (files, others) = (new List<string>(), new List<string>());
            Collect(new DirectoryInfo(full), "", [], files, others);
            files.Sort(StringComparer.Ordinal);
            others.Sort(StringComparer.Ordinal);
            return (full, files, new PassedOver(path, others));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new MmDiffusionException($"the folder '{path}' cannot be read: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>
    /// The first folder on the way to a file, as the label of its clips; null for a file that lies in no folder of its own.
    /// </summary>
    /// <param name="file">A path in the data set, with forward slashes.</param>
    internal static string? LabelOf(string file) => file.IndexOf('/', StringComparison.Ordinal) is > 0 and var end ? file[..end] : null;

    /// <summary>The files that a list names, in ordinal order; all without a list.</summary>
    /// <exception cref="MmDiffusionException">One of the list is not there.</exception>
    internal static IReadOnlyList<string> Choose(string path, IReadOnlyList<string> files, IReadOnlyCollection<string>? only)
    {
        if (only is null) return files;
        var all = files.ToHashSet(StringComparer.Ordinal);
        if (only.FirstOrDefault(file => !all.Contains(file)) is { } missing)
            throw new MmDiffusionException(
                $"the list names '{missing}', which is not among the media files in '{path}'; make the list "
                + "again, or name the folder it was made for");
        return [.. only.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static void Collect(DirectoryInfo folder, string prefix, HashSet<string> above, List<string> files, List<string> others)
    {
        // A link to a folder further up would never end.
        var real = (folder.ResolveLinkTarget(returnFinalTarget: true) ?? folder).FullName;
        if (!above.Add(real)) return;
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.')) continue;
            if (entry is DirectoryInfo below && InputFile.KindOf(entry.FullName) == FileKind.Folder)
                Collect(below, $"{prefix}{entry.Name}/", above, files, others);
            else if (entry is not DirectoryInfo && MediaInputs.IsMedia(entry.Name) && PassedOver.FileStatusOf(entry) is null)
                files.Add(prefix + entry.Name);
            else if (PassedOver.NameOf(entry, prefix) is { } other) others.Add(other);
        }
        above.Remove(real);
    }
}
