using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>Scenes as files.</summary>
public static class SceneFiles
{
    /// <summary>Writes a scene's clip, and the truth about it as JSON beside it: both or neither.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="name">Name of the files, without ending.</param>
    /// <param name="format">How the clip is stored.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <returns>The path of the clip.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written, the disk is full, or ffmpeg fails.</exception>
    public static string Write(
        SyntheticScene scene,
        string folder,
        string name,
        ClipFileFormat format,
        CancellationToken cancellation = default)
    {
        var path = Path.Combine(folder, name + ClipWriter.Extension(format));
        var truth = new JsonObject
        {
            ["seed"] = scene.Seed,
            ["kind"] = scene.Kind.Name(),
            ["event_times"] = new JsonArray([.. scene.EventTimes.Select(time => JsonValue.Create(Math.Round(time, 6)))]),
        };
        using var alone = FileLock.Take(Path.Combine(folder, $".{name}.lock"), cancellation);
        // Within the truth's own write, so that a disk that fills up is found out before the clip takes its place.
        AtomicFile.Write(Path.Combine(folder, name + ".json"), temporary =>
        {
            File.WriteAllText(temporary, JsonSerializer.Serialize(truth, SettingsJson.Options) + "\n");
            ClipWriter.Write(path, scene.Clip, format, cancellation: cancellation);
        });
        return path;
    }
}
