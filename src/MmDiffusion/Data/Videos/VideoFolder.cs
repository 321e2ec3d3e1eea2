using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>The videos of a folder, whatever its layout.</summary>
internal static class VideoFolder
{
    /// <summary>Every media file below a folder, by name; or the file that is given instead.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    internal static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new MmDiffusionException($"'{path}' does not exist; name a folder of videos, or one made by 'mmdiff data pack'");
        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(MediaInputs.IsMedia).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new MmDiffusionException($"the folder '{path}' and those below it have no media files");
    }

    /// <summary>The videos of a folder that a list names, by name; all without a list.</summary>
    /// <exception cref="MmDiffusionException">There is none, or one of the list is not there.</exception>
    internal static IReadOnlyList<string> Files(string path, IReadOnlyCollection<string>? only)
    {
        var all = Files(path);
        if (only is null) return all;
        var byName = all.ToDictionary(file => RelativeName(path, file), StringComparer.Ordinal);
        if (only.FirstOrDefault(name => !byName.ContainsKey(name)) is { } missing)
            throw new MmDiffusionException($"the list names '{missing}', which is not among the media files in '{path}'; make the list anew, or name the folder it was made for");
        return [.. only.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => byName[name])];
    }

    /// <summary>Frames from the start of a file to the end of its picture.</summary>
    internal static int FrameCount(MediaInformation media, double rate) => (int)Math.Floor(media.VideoEnd * rate + 1e-6);

    /// <summary>The name of a file within the folder it was found in, the same on every system.</summary>
    internal static string RelativeName(string folder, string file) =>
        File.Exists(folder) ? Path.GetFileName(file) : Path.GetRelativePath(folder, file).Replace('\\', '/');
}
