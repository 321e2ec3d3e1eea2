using MmDiffusion.Media;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Evaluation.Alignment;

/// <summary>Follows the clips of files, a few at a time, so that any number fits the memory.</summary>
public static class TrackReader
{
    /// <summary>Follows files at their own size and rate.</summary>
    /// <param name="files">Clips with picture and sound.</param>
    /// <param name="progress">Called with the number of clips done, by one thread at a time.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="MmDiffusionException">Files cannot be read, lack picture or sound, or are too short; all are named.</exception>
    public static IReadOnlyList<ChangeTrack> Read(
        IReadOnlyList<string> files,
        Action<int>? progress = null,
        CancellationToken cancellation = default) =>
        Read(files, StreamChoice.Default, progress, cancellation: cancellation);

    /// <summary>Follows chosen streams of files at their own size and rate.</summary>
    /// <param name="files">Clips with picture and sound.</param>
    /// <param name="streams">Which streams.</param>
    /// <param name="progress">Called with the number of clips done, by one thread at a time.</param>
    /// <param name="onNotice">
    /// Told what the user should know of how files were read, such as where one is damaged, at the end and in their order; null for nobody.
    /// </param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="MmDiffusionException">
    /// Files cannot be read, lack picture, sound or stream, or are too short; all are named.
    /// </exception>
    public static IReadOnlyList<ChangeTrack> Read(
        IReadOnlyList<string> files,
        StreamChoice streams,
        Action<int>? progress = null,
        Action<ReadingNotice>? onNotice = null,
        CancellationToken cancellation = default)
    {
        var (tracks, failed) = (new ChangeTrack[files.Count], new FailedClips());
        var notices = files.Select(_ => new List<ReadingNotice>()).ToList();
        var (done, turn) = (0, new Lock());
        Parallel.For(
            0,
            files.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation },
            index =>
            {
                failed.Try(index, () => tracks[index] = Read(files[index], streams, notices[index].Add, cancellation));
                lock (turn) progress?.Invoke(++done);
            });
        foreach (var notice in notices.SelectMany(list => list)) onNotice?.Invoke(notice);
        FailedClips.ThrowIfAny(failed.Sentences, files.Count);
        return tracks;
    }

    private static ChangeTrack Read(
        string file,
        StreamChoice streams,
        Action<ReadingNotice> onNotice,
        CancellationToken cancellation)
    {
        var media = MediaFile.Probe(file, streams, cancellation);
        var clip = ClipReader.ReadClip(media, ClipFormat.Native(media), onNotice: onNotice, cancellation: cancellation);
        try
        {
            return ChangeTrack.Of(clip);
        }
        catch (MmDiffusionException exception)
        {
            throw new MmDiffusionException($"'{file}' cannot be followed: {exception.Message}", exception);
        }
    }
}
