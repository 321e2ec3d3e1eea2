using System.Text.Json;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Alignment;

/// <summary>The true times of events, as drawn scenes keep them in a JSON file beside each clip.</summary>
public static class TrueEvents
{
    private const double MostSeconds = 1e6;

    private static readonly JsonSerializerOptions Json = StrictJson.Of(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    });

    /// <summary>Finds the scene that each clip was made for: <c>rain-000003-0.mp4</c> is for <c>rain-000003.mp4</c>.</summary>
    /// <param name="clips">Files whose names begin with that of a scene.</param>
    /// <param name="scenes">A folder of scenes with the truth about them.</param>
    /// <returns>For each clip, the path of its scene's truth.</returns>
    /// <exception cref="MmDiffusionException">There is no such folder, or no scene for a clip.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> clips, string scenes)
    {
        if (!Directory.Exists(scenes)) throw new MmDiffusionException($"there is no folder '{scenes}'; make one with 'mmdiff data synth'");
        var names = Directory.EnumerateFiles(scenes, "*.json")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .OrderByDescending(name => name.Length)
            .ToList();
        return [.. clips.Select(clip =>
        {
            var own = Path.GetFileNameWithoutExtension(clip);
            var scene = names.Find(name => own == name || own.StartsWith(name + "-", StringComparison.Ordinal))
                ?? throw new MmDiffusionException(
                    $"'{clip}' belongs to no scene of '{scenes}'; expected a name that begins with that of a JSON file there");
            return Path.Combine(scenes, scene + ".json");
        })];
    }

    /// <summary>Finds the video of each clip's scene.</summary>
    /// <param name="truths">What <see cref="Find"/> gave.</param>
    /// <param name="videos">The videos of the scenes' folder.</param>
    /// <returns>For each clip, the number of its scene's video.</returns>
    /// <exception cref="MmDiffusionException">A scene has no video, or two.</exception>
    public static IReadOnlyList<int> VideosOf(IReadOnlyList<string> truths, IReadOnlyList<string> videos)
    {
        var numbers = videos.Index().ToLookup(video => Path.ChangeExtension(video.Item, ".json"), video => video.Index);
        return [.. truths.Select(truth => numbers[truth].ToList() switch
        {
            [var number] => number,
            [] => throw new MmDiffusionException(
                $"the scene of '{truth}' has no video beside it; draw the scenes again, or remove the file"),
            [var first, var second, ..] => throw new MmDiffusionException(
                $"'{videos[first]}' and '{videos[second]}' are both videos of one scene; keep one of them"),
        })];
    }

    /// <summary>The frames in which something happens.</summary>
    /// <param name="path">A scene's truth.</param>
    /// <param name="frameRate">Frames per second of the clip.</param>
    /// <returns>Numbers of frames, each once, ascending.</returns>
    /// <exception cref="MmDiffusionException">The file does not hold event times.</exception>
    public static IReadOnlyList<int> Read(string path, double frameRate)
    {
        InputFile.Require(path);
        try
        {
            var truth = StrictJson.Read<Truth>(File.ReadAllText(path), Json);
            if (truth.EventTimes.Any(time => time is < 0 or > MostSeconds))
                throw new JsonException($"'event_times' are not seconds from 0 to {MostSeconds}");
            return [.. truth.EventTimes.Select(time => (int)(time * frameRate)).Distinct().Order()];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"'{path}' does not hold the truth about a scene (event_times): {exception.Message}", exception);
        }
    }

    /// <summary>What is read of a scene's truth.</summary>
    private sealed record Truth(IReadOnlyList<double> EventTimes);
}
