using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Videos;

/// <summary>
/// Every run of consecutive frames of every video in a folder, with the sound that belongs to it, decoded as it is asked for. Where all
/// videos fit in memory at the clips' size, each is decoded once; otherwise every clip again, so pack the folder first.
/// <para>
/// A file may turn out to be damaged only when a clip of it is decoded, days after the start. Another clip then takes the place of the one
/// that cannot be read: always the same one, whatever was read before and by whom, so that a run stays reproducible, also when it is
/// resumed. Work ends only where no file gives a clip.
/// </para>
/// </summary>
public sealed class VideoClipSource : IClipSource
{
    private readonly ConcurrentDictionary<(int Video, int Part), string> _unreadable = new();
    private readonly ConcurrentDictionary<(int Video, Telling What), bool> _told = new();
    private readonly IReadOnlyList<(IndexedFile File, int Frames)> _videos;
    private readonly ClipWindows _windows;
    private readonly StretchCache _cache;
    private readonly int _runsOfStretch;
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>Looks at every video that <see cref="MediaIndex"/> does not know yet.</summary>
    /// <param name="path">A folder, searched with all below it; or one file.</param>
    /// <param name="shape">The size of the clips.</param>
    /// <param name="cacheBytes">Bytes of decoded video to keep in memory, 1 GiB by default.</param>
    /// <param name="streams">Which streams of each file; null for those that a player would show and play.</param>
    /// <exception cref="MmDiffusionException">There are no videos, or none gives a clip.</exception>
    public VideoClipSource(string path, ClipShape shape, long cacheBytes = 1L << 30, StreamChoice? streams = null)
    {
        shape.Validate();
        Shape = shape;
        var index = MediaIndex.Build(path, streams ?? StreamChoice.Default);
        PassedOver = index.PassedOver;
        (_videos, LeftOut) = UsableVideos.Find(index, shape);
        Notices = [.. _videos.Select(video => video.File).Where(IsCutShort).Select(file => new ReadingNotice(
            file.Path,
            string.Create(
                CultureInfo.InvariantCulture,
                $"it is cut short: its picture ends at {file.Media!.FoundVideoSeconds:0.##} s, its header says "
                + $"{file.Media.PromisedVideoSeconds:0.##} s; clips come from what there is")))];
        _windows = new ClipWindows(_videos.Select(video => video.Frames), shape.Frames);
        // What will be gone when it is wanted again is not worth decoding.
        var allFit = _videos.Sum(video => Stretch.Bytes(shape, video.Frames)) <= cacheBytes;
        _runsOfStretch = allFit ? Stretch.RunsThatFit(shape) : 1;
        _cache = new StretchCache(allFit ? long.MaxValue : 0, Decode);
        Digest = DigestOf(_videos, shape, streams ?? StreamChoice.Default);
    }

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count => _windows.Count;

    /// <inheritdoc/>
    public string Digest { get; }

    /// <summary>SHA-256 of each file that gives clips.</summary>
    internal IReadOnlyList<string> FileDigests => [.. _videos.Select(video => video.File.Digest!)];

    /// <summary>What else is in the folder.</summary>
    public PassedOver PassedOver { get; }

    /// <summary>What is known from the start of files that give clips: which end long before their header says.</summary>
    public IReadOnlyList<ReadingNotice> Notices { get; }

    /// <summary>The files that give no clips, by path.</summary>
    public IReadOnlyList<LeftOutVideo> LeftOut { get; }

    /// <summary>
    /// Told of each file of which a part turns out not to be readable, once, from any thread. Null, the default, for nobody.
    /// </summary>
    public Action<LeftOutVideo>? OnUnreadable { get; set; }

    /// <summary>
    /// Told what the user should know of how files are read, such as where one is damaged, of which what ffmpeg makes up is used: once of
    /// each file and kind, when a clip of it is decoded, from any thread. Null, the default, for nobody.
    /// </summary>
    public Action<ReadingNotice>? OnNotice { get; set; }

    /// <inheritdoc/>
    public string? LabelOf(int index)
    {
        var read = Candidates(index).First(place => !_unreadable.ContainsKey((place.Video, place.FirstFrame / _runsOfStretch)));
        return MediaFolder.LabelOf(_videos[read.Video].File.Path);
    }

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        var content = Find(index, out var run);
        content.Frames.AsSpan(run * Shape.Height * Shape.Width * 3, Shape.FrameBytes()).CopyTo(frames);
        content.Audio.AsSpan(Stretch.AudioStart(Shape, run), Shape.AudioLength).CopyTo(sound);
    }

    /// <summary>Stops the decoders.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private static bool IsCutShort(IndexedFile file)
    {
        const double tolerable = 0.5;
        return file.Media!.PromisedVideoSeconds > file.Media.FoundVideoSeconds + tolerable && file.Media.ClockJumps is not { Count: > 0 };
    }

    /// <summary>The stretch of a clip, or of the first substitute that can be read.</summary>
    private DecodedStretch Find(int index, out int run)
    {
        string? first = null;
        foreach (var (video, firstFrame) in Candidates(index))
        {
            (var part, run) = Math.DivRem(firstFrame, _runsOfStretch);
            if (TryGet((video, part), out var reason) is { } content)
            {
                Notify(video, content);
                return content;
            }
            first ??= reason;
        }
        throw new MmDiffusionException($"the clips of all {_videos.Count} files cannot be read; of the first, {first}");
    }

    /// <summary>
    /// Where a clip lies, and then its substitutes in their order. These come from each file in turn, for what a file claims to hold does
    /// not count where it cannot be read; and from ever earlier places, for a file that is cut short can be read at its beginning.
    /// </summary>
    private IEnumerable<(int Video, int FirstFrame)> Candidates(int index)
    {
        yield return _windows.Find(index);
        var seed = Seeds.Derive((ulong)index, "substitute");
        var turns = Enumerable.Range(0, _videos.Count).OrderBy(video => Seeds.Derive(seed, (ulong)video)).ToList();
        for (var (round, isLast) = (0, false); !isLast; round++)
        {
            isLast = true;
            foreach (var video in turns)
            {
                var places = (_videos[video].Frames - Shape.Frames + 1) >> Math.Min(2 * round, 31);
                isLast &= places == 0;
                yield return (video, (int)(Seeds.Derive(Seeds.Derive(seed, (ulong)video), (ulong)round) % (ulong)Math.Max(1, places)));
            }
        }
    }

    private DecodedStretch? TryGet((int Video, int Part) place, out string reason)
    {
        if (InputFile.Reason(_videos[place.Video].File.Media!.Path, "media file") is { } gone) LeaveOut(place, gone);
        // Again, for a decoder may have been killed; what is wrong with the file stays wrong.
        for (var again = true; !_unreadable.TryGetValue(place, out reason!); again = false)
        {
            try
            {
                return _cache.Get(place);
            }
            catch (MmDiffusionException exception) when (exception.InnerException is null && Ffmpeg.IsAvailable)
            {
                if (!again) LeaveOut(place, exception.Message);
            }
        }
        return null;
    }

    private void LeaveOut((int Video, int Part) place, string message)
    {
        var file = _videos[place.Video].File;
        var reason = message.Replace(file.Media!.Path, file.Path, StringComparison.Ordinal);
        if (_unreadable.TryAdd(place, reason) && _told.TryAdd((place.Video, Telling.Unreadable), true))
            OnUnreadable?.Invoke(new LeftOutVideo(file.Path, reason));
    }

    private void Notify(int video, DecodedStretch stretch)
    {
        if (OnNotice is not { } onNotice) return;
        var file = _videos[video].File;
        if (stretch.IsMix && _told.TryAdd((video, Telling.Mix), true))
            onNotice(ReadingNotice.OfMix(file.Media!, "throughout") with { Path = file.Path });
        if (!stretch.HasComplaints || !_told.TryAdd((video, Telling.Damage), true)) return;
        // Decoders that begin in mid-file complain of intact files too: the whole file tells, once.
        foreach (var damage in MediaDamage.Find(file.Media!, cancellation: _disposed.Token))
            onNotice(ReadingNotice.Of(file.Media!, damage) with { Path = file.Path });
    }

    /// <summary>What is said of a file once.</summary>
    private enum Telling
    {
        Unreadable,
        Damage,
        Mix,
    }

    private DecodedStretch Decode((int Video, int Part) place)
    {
        var (file, frames) = _videos[place.Video];
        var first = place.Part * _runsOfStretch;
        var stretch = new Stretch(first, Math.Min(_runsOfStretch, frames - Shape.Frames + 1 - first));
        return DecodedStretch.Read(file.Media!, stretch, Shape, _disposed.Token);
    }

    private static string DigestOf(IEnumerable<(IndexedFile File, int Frames)> videos, ClipShape shape, StreamChoice streams)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"videos {shape.Canonical()}{streams.Suffix()}\n"));
        foreach (var (file, frames) in videos)
        {
            // Clips of a file whose picture begins later than its sound lie elsewhere than they once did.
            var origin = Math.Abs(file.Media!.VideoStart) > 0.001 ? " from the first picture" : "";
            text.Append(CultureInfo.InvariantCulture, $"{file.Digest} {frames}{origin}\n");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>A file of a data set that gives no clips.</summary>
/// <param name="Path">In the data set's folder, with forward slashes.</param>
/// <param name="Reason">Why not, in a sentence.</param>
public sealed record LeftOutVideo(string Path, string Reason);
