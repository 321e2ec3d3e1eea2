using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>Finished clips as files.</summary>
public static class ClipFiles
{
    /// <summary>Writes a clip, and its manifest as JSON beside it: both or neither.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="name">Name of the files, without ending.</param>
    /// <param name="format">How the clip is stored.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <returns>The paths written: the clip first, the manifest last.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written, the disk is full, or ffmpeg fails.</exception>
    public static IReadOnlyList<string> Write(GeneratedClip clip, string folder, string name, ClipFileFormat format, CancellationToken cancellation = default)
    {
        var (path, manifest) = (Path.Combine(folder, name + ClipWriter.Extension(format)), Path.Combine(folder, name + ".json"));
        IReadOnlyList<string> media = [];
        // Two processes that make a clip of one name would leave the files of one beside the manifest of the other.
        using var alone = FileLock.Take(Path.Combine(folder, $".{name}.lock"), cancellation);
        // Within the manifest's own write, so that a disk that fills up is found out before the clip takes its place.
        AtomicFile.Write(manifest, temporary =>
        {
            File.WriteAllText(temporary, clip.Manifest.ToJson() + "\n");
            media = ClipWriter.Write(path, clip.Clip, format, cancellation: cancellation);
        });
        return [.. media, manifest];
    }
}
