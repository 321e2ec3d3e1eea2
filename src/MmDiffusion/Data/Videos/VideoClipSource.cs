using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MmDiffusion.Data;

/// <summary>
/// Every run of consecutive frames of every video in a folder, with the sound that belongs to it, decoded as it is asked for. Where all
/// videos fit in memory at the clips' size, each is decoded once; otherwise every clip anew, so pack the folder first.
/// </summary>
public sealed class VideoClipSource : IClipSource
{
    private readonly IReadOnlyList<(IndexedFile File, int Frames)> _videos;
    private readonly ClipWindows _windows;
    private readonly StretchCache _cache;
    private readonly int _runsOfStretch;
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>Looks at every video that <see cref="MediaIndex"/> does not know yet.</summary>
    /// <param name="path">A folder, searched with all below it; or one file.</param>
    /// <param name="shape">The size of the clips.</param>
    /// <param name="cacheBytes">Bytes of decoded video to keep in memory, 1 GiB by default.</param>
    /// <exception cref="MmDiffusionException">There are no videos, or none gives a clip.</exception>
    public VideoClipSource(string path, ClipShape shape, long cacheBytes = 1L << 30)
    {
        shape.Validate();
        Shape = shape;
        (_videos, LeftOut) = UsableVideos.Find(MediaIndex.Build(path), shape);
        _windows = new ClipWindows(_videos.Select(video => video.Frames), shape.Frames);
        // What will be gone when it is wanted again is not worth decoding.
        var allFit = _videos.Sum(video => Stretch.Bytes(shape, video.Frames)) <= cacheBytes;
        _runsOfStretch = allFit ? Stretch.RunsThatFit(shape) : 1;
        _cache = new StretchCache(allFit ? long.MaxValue : 0, Decode);
        Digest = DigestOf(_videos, shape);
    }

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count => _windows.Count;

    /// <inheritdoc/>
    public string Digest { get; }

    /// <summary>The files that give no clips, by path.</summary>
    public IReadOnlyList<LeftOutVideo> LeftOut { get; }

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        var (video, firstFrame) = _windows.Find(index);
        var (part, run) = Math.DivRem(firstFrame, _runsOfStretch);
        var content = _cache.Get((video, part));
        content.Frames.AsSpan(run * Shape.Height * Shape.Width * 3, Shape.FrameBytes()).CopyTo(frames);
        content.Sound.AsSpan(Stretch.SoundStart(Shape, run), Shape.AudioLength).CopyTo(sound);
    }

    /// <summary>Stops the decoders.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private DecodedStretch Decode((int Video, int Part) place)
    {
        var (file, frames) = _videos[place.Video];
        var first = place.Part * _runsOfStretch;
        var stretch = new Stretch(first, Math.Min(_runsOfStretch, frames - Shape.Frames + 1 - first));
        return DecodedStretch.Read(file.Media!, stretch, Shape, _disposed.Token);
    }

    private static string DigestOf(IEnumerable<(IndexedFile File, int Frames)> videos, ClipShape shape)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"videos {shape.Canonical()}\n"));
        foreach (var (file, frames) in videos) text.Append(CultureInfo.InvariantCulture, $"{file.Digest} {frames}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
