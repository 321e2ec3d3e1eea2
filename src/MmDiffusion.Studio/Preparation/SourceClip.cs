using MmDiffusion.Media;

namespace MmDiffusion.Studio.Preparation;

/// <summary>A file that was chosen for a study.</summary>
internal sealed record SourceClip(string System, MediaInformation Media)
{
    private static readonly string[] Endings = [".mp4", ".webm", ".avi", ".mov", ".mkv", ".mpg", ".m4v"];

    /// <summary>Chooses as many clips of each system, and looks into them.</summary>
    /// <exception cref="MmDiffusionException">There are not enough, or one lacks picture or sound.</exception>
    internal static IReadOnlyList<SourceClip> Choose(StudyRequest request, CancellationToken cancellation)
    {
        var files = request.Systems.Select(system => (system.Label, system.Folder, Paths: Find(system.Folder))).ToList();
        foreach (var (label, folder, paths) in files)
        {
            if (paths.Length == 0) throw new MmDiffusionException($"the folder '{folder}' of the system '{label}' holds no clips; expected files that end in {string.Join(", ", Endings)}");
            if (paths.Length < request.Clips)
                throw new MmDiffusionException($"the folder '{folder}' of the system '{label}' holds {paths.Length} clips, expected at least {request.Clips}; ask for fewer clips or add some");
        }

        var count = request.Clips ?? files.Min(system => system.Paths.Length);
        // The same places of every folder, so that clips of one name are compared where the folders go together.
        return [.. files.SelectMany(system => Places(system.Paths.Length, count, request.Seed).Select(place => Probe(system.Label, system.Paths[place], request.Streams, cancellation)))];
    }

    private static string[] Find(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => Endings.Contains(Path.GetExtension(path).ToLowerInvariant()) && !Path.GetFileName(path).StartsWith('.'))
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<int> Places(int available, int count, int seed)
    {
        var places = Enumerable.Range(0, available).ToArray();
        new Random(seed).Shuffle(places);
        return places.Take(count).Order();
    }

    private static SourceClip Probe(string system, string path, StreamChoice streams, CancellationToken cancellation)
    {
        var media = MediaFile.Probe(path, streams, cancellation);
        media.RequireVideo();
        media.RequireSound();
        return new SourceClip(system, media);
    }
}
