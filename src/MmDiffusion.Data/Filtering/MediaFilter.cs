using System.Globalization;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Data.Filtering;

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
        if (fit.Count == 0)
            throw new MmDiffusionException(
                $"none of the {leftOut.Count} files in '{index.Folder}' can be kept; of the first, {leftOut[0].Path}: {leftOut[0].Reason}");
        // 29.97 and 30 are the same to the eye; the path makes the order one.
        var ranked = fit.OrderByDescending(video => Math.Round(video.FrameRate))
            .ThenByDescending(video => (long)video.Width * video.Height)
            .ThenBy(video => video.Path, StringComparer.Ordinal)
            .ToList();
        var last = ranked[Math.Min(options.Keep, ranked.Count) - 1];
        leftOut.AddRange(ranked.Skip(options.Keep).Select((video, i) => new LeftOutVideo(
            video.Path, $"rank {options.Keep + i + 1} of {ranked.Count} with {Describe(video)}; the last one kept has {Describe(last)}")));
        return new FilterResult(
            [.. ranked.Take(options.Keep).OrderBy(video => video.Path, StringComparer.Ordinal)],
            [.. leftOut.OrderBy(video => video.Path, StringComparer.Ordinal)],
            options.Segments is { } segments ? segments.Count - seen.Count : null);
    }

    private static string? ReasonAgainst(IndexedFile file, FilterOptions options, AudioSetSegment? segment) =>
        options.Segments is not null && segment is null
            ? "its name has no id of the table of segments"
            : UsableVideos.ReasonAgainst(file) ?? (file.Media!.VideoSeconds < options.LeastSeconds
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"its picture is {file.Media.VideoSeconds:0.##} s long, expected at least {options.LeastSeconds:0.##} s")
                : null);

    private static string Describe(KeptVideo video) =>
        string.Create(CultureInfo.InvariantCulture, $"{video.FrameRate:0.##} frames per second of {video.Width}x{video.Height}");
}

/// <summary>Settings of <see cref="MediaFilter"/>.</summary>
public sealed record FilterOptions
{
    /// <summary>How many videos to keep, at least 1. 20,000 by default, as many as the paper took of AudioSet.</summary>
    public int Keep { get; init; } = 20_000;

    /// <summary>Seconds that a video must have. 1.6 by default: 16 frames at 10 per second.</summary>
    public double LeastSeconds { get; init; } = 1.6;

    /// <summary>AudioSet's table: videos that are not in it are left out. Null, the default, for none.</summary>
    public AudioSetSegments? Segments { get; init; }
}

/// <summary>What <see cref="MediaFilter"/> keeps and why it leaves out the rest.</summary>
/// <param name="Kept">By path.</param>
/// <param name="LeftOut">By path.</param>
/// <param name="SegmentsWithoutFile">Segments of the table that no file belongs to; null without a table.</param>
public sealed record FilterResult(IReadOnlyList<KeptVideo> Kept, IReadOnlyList<LeftOutVideo> LeftOut, int? SegmentsWithoutFile)
{
    /// <summary>Name of the list of files that are kept.</summary>
    public const string KeptFile = "kept.txt";

    /// <summary>Name of the table of files that are left out.</summary>
    public const string LeftOutFile = "left-out.csv";

    /// <summary>Writes the list of files that are kept and the table of the others with the reasons.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public void Write(string folder)
    {
        AtomicFile.WriteText(
            Path.Combine(folder, LeftOutFile),
            string.Concat(LeftOut.Select(video => $"{Quoted(video.Path)},{Quoted(video.Reason)}\n").Prepend("path,reason\n")));
        FileList.Write(Path.Combine(folder, KeptFile), Kept.Select(video => video.Path));
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A video that <see cref="MediaFilter"/> keeps.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="FrameRate">Frames per second.</param>
/// <param name="Width">Columns of a frame.</param>
/// <param name="Height">Rows of a frame.</param>
/// <param name="Labels">Of AudioSet's table; null without one.</param>
public sealed record KeptVideo(string Path, double FrameRate, int Width, int Height, IReadOnlyList<string>? Labels);
