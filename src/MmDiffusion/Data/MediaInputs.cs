
namespace MmDiffusion.Data;

/// <summary>The media files that a user means by paths and folders.</summary>
public static class MediaInputs
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".wmv", ".3gp", ".ogv",
        ".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".wma", ".aif", ".aiff", ".gif",
    };

    /// <summary>Replaces each folder by the media files in it, by name; files stay as they are, whatever their name.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <returns>At least one path.</returns>
    /// <exception cref="MmDiffusionException">A path does not exist, or a folder has no media files.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = paths.SelectMany(Expand).ToList();
        return files.Count > 0 ? files : throw new MmDiffusionException("no input was given; name a media file, or a folder of them");
    }

    /// <summary>A different name for the results of each file: its own without ending, numbered where two are alike.</summary>
    /// <param name="files">Media files.</param>
    /// <returns>One name for each file, in their order.</returns>
    public static IReadOnlyList<string> ResultNames(IReadOnlyList<string> files)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. files.Select(file => Free(Path.GetFileNameWithoutExtension(file)))];

        string Free(string name)
        {
            var free = name;
            for (var number = 2; !taken.Add(free); number++) free = $"{name}-{number}";
            return free;
        }
    }

    /// <summary>Whether a file has the name of a media file.</summary>
    internal static bool IsMedia(string path) => Extensions.Contains(Path.GetExtension(path));

    private static IReadOnlyList<string> Expand(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new MmDiffusionException($"'{path}' does not exist; name a media file, or a folder of them");
        try
        {
            var files = Directory.EnumerateFiles(path).Where(IsMedia).Order(StringComparer.Ordinal).ToList();
            return files.Count > 0
                ? files
                : throw new MmDiffusionException($"the folder '{path}' has no media files; expected names that end in {string.Join(", ", Extensions.Order(StringComparer.Ordinal).Take(6))} or the like");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new MmDiffusionException($"the folder '{path}' may not be read: {exception.Message}", exception);
        }
    }
}
