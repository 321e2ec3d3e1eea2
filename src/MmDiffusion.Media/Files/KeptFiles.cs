namespace MmDiffusion.Media.Files;

/// <summary>
/// Files that results must not replace. They are told apart by what they are rather than by their names: a path may lead to a file through
/// links, or under another name.
/// </summary>
public sealed class KeptFiles
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>Notes files.</summary>
    /// <param name="paths">The files; what is not there is passed over.</param>
    public KeptFiles(params IEnumerable<string?> paths)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths.OfType<string>())
        {
            if (FileStatus.Of(path) is not { Kind: not FileKind.Missing, Identity.Length: > 0 } status) continue;
            _files.TryAdd(status.Identity, path);
            // The folders of a link, and those of what it leads to.
            foreach (var full in new[] { Path.GetFullPath(path), FileStatus.Canonical(Path.GetFullPath(path)) })
                for (var above = Path.GetDirectoryName(full); above is not null && seen.Add(above); above = Path.GetDirectoryName(above))
                    Note(above, path);
        }

        void Note(string folder, string path)
        {
            if (FileStatus.Of(folder).Identity is { Length: > 0 } identity) _folders.TryAdd(identity, path);
        }
    }

    /// <summary>Fails where writing to a path would replace one of the files.</summary>
    /// <param name="targets">Files to write, or folders to replace with all that is in them.</param>
    /// <exception cref="MmDiffusionException">A target is one of the files, or a folder that holds one.</exception>
    public void Require(params IEnumerable<string?> targets)
    {
        if (_files.Count == 0) return;
        foreach (var target in targets.OfType<string>())
        {
            var status = FileStatus.Of(target);
            if (status.Identity.Length == 0) continue;
            if (_files.TryGetValue(status.Identity, out var file))
                throw new MmDiffusionException(
                    $"the result '{target}' would replace the input '{file}'; choose another output folder or name");
            if (status.Kind == FileKind.Folder && _folders.TryGetValue(status.Identity, out var inside))
                throw new MmDiffusionException(
                    $"the result '{target}' would replace the folder of the input '{inside}'; choose another output folder or name");
        }
    }
}
