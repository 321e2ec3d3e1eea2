using System.Globalization;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Data;

/// <summary>The media files that a user means by paths and folders.</summary>
public static class MediaInputs
{
    private static readonly HashSet<string> VideoExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".mpg", ".mpeg", ".mpe", ".mpv", ".m1v", ".m2v", ".vob",
        ".ts", ".mts", ".m2ts", ".m2t", ".trp",
        ".flv", ".f4v", ".wmv", ".asf", ".wtv", ".3gp", ".3g2", ".ogv", ".ogm", ".ogx", ".mxf",
        ".gxf", ".dv", ".rm", ".rmvb", ".nut", ".y4m", ".ivf", ".mjpeg", ".mjpg", ".h264", ".264",
        ".h265", ".265", ".hevc", ".gif",
    };

    private static readonly HashSet<string> AudioExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".w64", ".rf64", ".mp3", ".mp2", ".mpa", ".m4a", ".m4b", ".aac", ".ac3", ".eac3", ".dts", ".flac", ".ogg", ".oga", ".opus",
        ".spx", ".weba", ".mka", ".wma", ".aif", ".aiff",
        ".aifc", ".caf", ".au", ".snd", ".amr", ".3ga", ".ape", ".wv", ".tta", ".ra",
    };

    /// <summary>Replaces each folder by the media files in it, by name; files stay as they are, whatever their name.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <returns>At least one path.</returns>
    /// <exception cref="MmDiffusionException">A path does not exist, or a folder has no media files.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = paths.SelectMany(path => Find(path).Files).ToList();
        return files.Count > 0 ? files : throw new MmDiffusionException("no input was given; name a media file, or a folder of them");
    }

    /// <summary>
    /// The clips in a folder, by name: its media files, and folders of frames with their sound, each of which is one clip.
    /// </summary>
    /// <param name="folder">A folder of clips, or one clip.</param>
    /// <returns>At least one path.</returns>
    /// <exception cref="MmDiffusionException">The path does not exist, or a folder has no clips.</exception>
    public static IReadOnlyList<string> ExpandClips(string folder) => FindClips(folder).Files;

    /// <summary>The clips that a path stands for, as of <see cref="ExpandClips"/>, and what else is there.</summary>
    /// <param name="folder">A folder of clips, or one clip.</param>
    /// <exception cref="MmDiffusionException">The path does not exist, or a folder has no clips.</exception>
    public static (IReadOnlyList<string> Files, PassedOver PassedOver) FindClips(string folder)
    {
        return MediaFile.IsFrameFolder(folder) ? ([folder], new PassedOver(folder, [])) : Find(folder, MediaFile.IsFrameFolder);
    }

    /// <summary>
    /// A different name for the results of each file: its own without ending, cut where it is too long for a result's, numbered where two
    /// are alike.
    /// </summary>
    /// <param name="files">Media files.</param>
    /// <returns>One name for each file, in their order.</returns>
    public static IReadOnlyList<string> ResultNames(IReadOnlyList<string> files)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. files.Select(file => Free(FileNames.Shorten(Path.GetFileNameWithoutExtension(file), FileNames.LongestOfInput)))];

        string Free(string name)
        {
            var free = name;
            for (var number = 2; !taken.Add(free); number++) free = $"{name}-{number}";
            return free;
        }
    }

    /// <summary>Whether a file has the name of a media file.</summary>
    internal static bool IsMedia(string path) => IsVideo(path) || AudioExtensions.Contains(Path.GetExtension(path));

    /// <summary>Whether a file has the name of one that may hold a picture.</summary>
    private static bool IsVideo(string path) => VideoExtensions.Contains(Path.GetExtension(path));

    /// <summary>
    /// Finds the media files of a data set: of a folder whatever its layout, with those in folders below; what begins with a dot is left
    /// alone.
    /// </summary>
    /// <param name="path">A folder, or a media file.</param>
    /// <returns>Paths that begin with the folder's full path, and what was passed over.</returns>
    /// <exception cref="MmDiffusionException">The path does not exist, or has no media files.</exception>
    public static (IReadOnlyList<string> Files, PassedOver PassedOver) FindBelow(string path)
    {
        var (folder, files, passedOver) = MediaFolder.Find(path);
        return ([.. files.Select(file => Path.Combine(folder, file))], passedOver);
    }

    /// <summary>Finds the videos of a folder, with those in folders below; what begins with a dot is left alone.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Paths that begin with the folder's full path, perhaps none, and what was passed over, sound files among it.</returns>
    /// <exception cref="MmDiffusionException">The folder does not exist or may not be read.</exception>
    public static (IReadOnlyList<string> Files, PassedOver PassedOver) FindVideosBelow(string folder)
    {
        var (full, files, others) = MediaFolder.FindAny(folder);
        var sounds = files.Where(file => !IsVideo(file));
        return (
            [.. files.Where(IsVideo).Select(file => Path.Combine(full, file))],
            others with { Files = [.. others.Files.Concat(sounds).Order(StringComparer.Ordinal)], What = "a video" });
    }

    /// <summary>Finds the media files that a path stands for, and what else is there.</summary>
    /// <param name="path">A file, whatever its name, or a folder, of which the folders in it are passed over.</param>
    /// <exception cref="MmDiffusionException">The path does not exist or is no file, or a folder has no media files.</exception>
    public static (IReadOnlyList<string> Files, PassedOver PassedOver) Find(string path) => Find(path, _ => false);

    private static (IReadOnlyList<string> Files, PassedOver PassedOver) Find(string path, Predicate<string> isClip)
    {
        if (!Directory.Exists(path))
        {
            if (InputFile.IsAbsent(path))
                throw new MmDiffusionException($"'{path}' does not exist; name a media file, or a folder of them");
            InputFile.Require(path, "media file");
            return ([path], new PassedOver(path, []));
        }
        try
        {
            var (files, others) = (new List<string>(), new List<string>());
            foreach (var entry in new DirectoryInfo(path)
                .EnumerateFileSystemInfos()
                .Where(entry => !entry.Name.StartsWith('.'))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var full = Path.Combine(path, entry.Name);
                if (entry is DirectoryInfo ? isClip(full) : IsMedia(entry.Name) && PassedOver.FileStatusOf(entry) is null) files.Add(full);
                else if (PassedOver.NameOf(entry, "") is { } other) others.Add(other);
            }
            var passedOver = new PassedOver(path, others);
            if (files.Count > 0) return (files, passedOver);
            var found = passedOver.Sentence() is { } sentence ? $" ({sentence[..sentence.LastIndexOf(';')]})" : "";
            throw new MmDiffusionException(
                $"the folder '{path}' has no media files; expected names that end in .avi, .flac, "
                + $".mkv, .mov, .mp4, .wav or the like{found}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"the folder '{path}' may not be read: {exception.Message}", exception);
        }
    }
}

/// <summary>What is in a folder of media files but is not taken for one.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">
/// Paths in it, with forward slashes, of folders with one at the end; what is no file at all is said beside its name.
/// </param>
public sealed record PassedOver(string Folder, IReadOnlyList<string> Files)
{
    private const int MostNames = 5;

    /// <summary>What was looked for. "a media file" by default.</summary>
    public string What { get; init; } = "a media file";

    /// <summary>A sentence that counts and names what was passed over; null where nothing was.</summary>
    public string? Sentence() => Files.Count == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"passed over {Files.Count} {(Files.Count == 1 ? "entry" : "entries")} of '{Folder}' that {(Files.Count == 1 ? "is" : "are")} not "
        + $"named as {What}: {Names()}; rename what is one, or name it itself");

    /// <summary>
    /// What an entry of a folder is called here; null where it is rightly left alone: what this program writes beside clips.
    /// </summary>
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
        name is "sheet.png" or "preview.png"
            || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    private string Names() =>
        string.Join(", ", Files.Take(MostNames))
            + (Files.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {Files.Count - MostNames} more") : "");
}
