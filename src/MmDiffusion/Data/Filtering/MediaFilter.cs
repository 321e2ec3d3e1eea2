using System.Globalization;

namespace MmDiffusion.Data;

/// <summary>
/// Chooses the best pictures of a large collection whose sound is good throughout, as was done with AudioSet: videos with sound, ranked by
/// frame rate, then by frame size.
/// </summary>
public static class MediaFilter
{
    /// <summary>Chooses.</summary>
    /// <param name="index">The collection.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="MmDiffusionException">Not one video can be kept.</exception>
    public static FilterResult Select(MediaIndex index, FilterOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Keep, 1);
        var (fit, leftOut, seen) = (new List<KeptVideo>(), new List<LeftOutVideo>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var file in index.Files)
        {
            var segment = options.Segments?.Find(file.Path);
            if (segment is not null) seen.Add(segment.Id);
            if (ReasonAgainst(file, options, segment) is { } reason) leftOut.Add(new LeftOutVideo(file.Path, reason));
            else fit.Add(new KeptVideo(file.Path, file.Media!.FrameRate, file.Media.Width, file.Media.Height, segment?.Labels));
        }
        if (fit.Count == 0) throw new MmDiffusionException($"none of the {leftOut.Count} files in '{index.Folder}' can be kept; of the first, {leftOut[0].Path}: {leftOut[0].Reason}");
        // 29.97 and 30 are the same to the eye; the path makes the order one.
        var ranked = fit.OrderByDescending(video => Math.Round(video.FrameRate)).ThenByDescending(video => (long)video.Width * video.Height).ThenBy(video => video.Path, StringComparer.Ordinal).ToList();
        var last = ranked[Math.Min(options.Keep, ranked.Count) - 1];
        leftOut.AddRange(ranked.Skip(options.Keep).Select((video, i) => new LeftOutVideo(
            video.Path, $"rank {options.Keep + i + 1} of {ranked.Count} with {Describe(video)}; the last one kept has {Describe(last)}")));
        return new FilterResult(
            [.. ranked.Take(options.Keep).OrderBy(video => video.Path, StringComparer.Ordinal)],
            [.. leftOut.OrderBy(video => video.Path, StringComparer.Ordinal)],
            options.Segments is { } segments ? segments.Count - seen.Count : null);
    }

    private static string? ReasonAgainst(IndexedFile file, FilterOptions options, AudioSetSegment? segment) => options.Segments is not null && segment is null
        ? "its name has no id of the table of segments"
        : UsableVideos.ReasonAgainst(file) ?? (file.Media!.VideoSeconds < options.LeastSeconds
            ? string.Create(CultureInfo.InvariantCulture, $"its picture is {file.Media.VideoSeconds:0.##} s long, expected at least {options.LeastSeconds:0.##} s")
            : null);

    private static string Describe(KeptVideo video) => string.Create(CultureInfo.InvariantCulture, $"{video.FrameRate:0.##} frames per second of {video.Width}x{video.Height}");
}
