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

    /// <summary>Frames from the start of a file to the end of its picture.</summary>
    internal static int FrameCount(MediaInformation media, double rate) => (int)Math.Floor(media.VideoEnd * rate + 1e-6);

    /// <summary>The name of a file within the folder it was found in, the same on every system.</summary>
    internal static string RelativeName(string folder, string file) =>
        File.Exists(folder) ? Path.GetFileName(file) : Path.GetRelativePath(folder, file).Replace('\\', '/');
}
