using System.Security.Cryptography;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Data.Indexing;

/// <summary>
/// The media files of a data set and what each holds. Each file is probed once: what was found is kept beside them, or among the user's
/// caches.
/// </summary>
public sealed class MediaIndex
{
    private const int Version = 3;

    private MediaIndex(string folder, IReadOnlyList<IndexedFile> files, PassedOver passedOver, StreamChoice streams) =>
        (Folder, Files, PassedOver, Streams) = (folder, files, passedOver, streams);

    /// <summary>The folder, a full path.</summary>
    public string Folder { get; }

    /// <summary>The files by path, at least one, those that cannot be read included.</summary>
    public IReadOnlyList<IndexedFile> Files { get; }

    /// <summary>What else is in the folder.</summary>
    public PassedOver PassedOver { get; }

    /// <summary>Which of their streams are meant.</summary>
    public StreamChoice Streams { get; }

    /// <summary>
    /// Looks into every file that is new or changed, several at once. What was found before an interruption is not looked for again.
    /// </summary>
    /// <param name="path">A folder, with folders in it, or a single file.</param>
    /// <param name="progress">Told of each file, one at a time, from any thread; null for nobody.</param>
    /// <param name="cancellation">Stops at once.</param>
    /// <exception cref="MmDiffusionException">There is no media file, or ffmpeg is not installed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static MediaIndex Build(string path, Action<DataProgress>? progress = null, CancellationToken cancellation = default) =>
        Build(path, StreamChoice.Default, progress, cancellation);

    /// <summary>Looks into every file that is new or changed, for chosen streams.</summary>
    /// <param name="path">A folder, with folders in it, or a single file.</param>
    /// <param name="streams">Which streams of each file; one that lacks them cannot be read.</param>
    /// <param name="progress">Told of each file, one at a time, from any thread; null for nobody.</param>
    /// <param name="cancellation">Stops at once.</param>
    /// <exception cref="MmDiffusionException">There is no media file, or ffmpeg is not installed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static MediaIndex Build(
        string path,
        StreamChoice streams,
        Action<DataProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var (folder, names, passedOver) = MediaFolder.Find(path);
        if (!Ffmpeg.IsAvailable) Ffmpeg.Version(); // Says what is missing.
        using var facts = new FileFacts<Facts>(folder, $"index{streams.Suffix()}", Version);
        var found = names.Select(name => facts.Find(name) is { IsWhole: true } known ? known : null).ToArray();
        var missing = Enumerable.Range(0, names.Count).Where(i => found[i] is null).ToList();
        ParallelWork.ForEach(missing, LookAt, progress, cancellation);
        facts.Compact();
        return new MediaIndex(folder, [.. names.Select((name, i) => found[i]!.ToFile(folder, name))], passedOver, streams);

        void LookAt(int i)
        {
            found[i] = Look(folder, names[i], streams, cancellation, out var mayBeKept);
            if (mayBeKept) facts.Add(names[i], found[i]!);
        }
    }

    /// <summary>The full path of a file.</summary>
    /// <param name="file">One of <see cref="Files"/>.</param>
    public string PathOf(IndexedFile file) => Path.Combine(Folder, file.Path);

    private static Facts Look(string folder, string name, StreamChoice streams, CancellationToken cancellation, out bool mayBeKept)
    {
        var path = Path.Combine(folder, name);
        if (InputFile.Reason(path, "media file") is { } reason)
        {
            mayBeKept = false;
            return new Facts(0, null, null, reason.Replace(path, name, StringComparison.Ordinal));
        }
        mayBeKept = true;
        string? digest = null;
        try
        {
            using (var stream = File.OpenRead(path))
                digest = Convert.ToHexStringLower(SHA256.HashDataAsync(stream, cancellation).AsTask().GetAwaiter().GetResult());
            return new Facts(new FileInfo(path).Length, digest, MediaFile.Probe(path, streams, cancellation), null);
        }
        catch (MmDiffusionException exception)
        {
            return new Facts(new FileInfo(path).Length, digest, null, exception.Message.Replace(path, name, StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            mayBeKept = false; // Permissions change without a trace in the file.
            return new Facts(
                0,
                null,
                null,
                $"'{name}' cannot be read: {exception.Message.TrimEnd('.').Replace(path, name, StringComparison.Ordinal)}");
        }
    }

    internal sealed record Facts(long Bytes, string? Digest, MediaInformation? Media, string? Failure)
    {
        /// <summary>Whether it says what the file holds, or why that is not known.</summary>
        internal bool IsWhole =>
            Bytes >= 0
                && (Media is not null) != (Failure is not null)
                && Media is null or { Width: >= 0, Height: >= 0, FrameRate: >= 0, SampleRate: >= 0, Channels: >= 0 };

        /// <summary>The data set may have moved since.</summary>
        internal IndexedFile ToFile(string folder, string name) =>
            new(name, Bytes, Digest, Media is null ? null : Media with { Path = Path.Combine(folder, name) }, Failure);
    }
}

/// <summary>A file of a data set.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Digest">SHA-256 of its bytes, in lower-case hexadecimal; null where it cannot be read.</param>
/// <param name="Media">What it holds; null where that cannot be found out.</param>
/// <param name="Failure">Why not, in a sentence with <paramref name="Path"/>; null where it can.</param>
public sealed record IndexedFile(string Path, long Bytes, string? Digest, MediaInformation? Media, string? Failure);
