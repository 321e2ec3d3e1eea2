using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>
/// Every run of consecutive frames of every video in a folder, with the sound that belongs to it, decoded as it is asked for. For more
/// than a try, pack the folder first: decoding takes longer than training.
/// </summary>
public sealed class VideoClipSource : IClipSource
{
    private readonly IReadOnlyList<string> _files;
    private readonly ClipWindows _windows;

    /// <summary>Looks at every video.</summary>
    /// <param name="path">A folder, searched with all below it; or one file.</param>
    /// <param name="shape">The size of the clips.</param>
    /// <exception cref="MmDiffusionException">There are no videos, one cannot be read, or none is long enough.</exception>
    public VideoClipSource(string path, ClipShape shape)
    {
        shape.Validate();
        Shape = shape;
        _files = VideoFolder.Files(path);
        var counts = _files.AsParallel().AsOrdered().Select(file => CountFrames(file, shape)).ToList();
        _windows = new ClipWindows(counts, shape.Frames);
        if (_windows.Count == 0)
            throw new MmDiffusionException(FormattableString.Invariant($"no video in '{path}' has {shape.Frames} frames at {shape.FrameRate} fps, {shape.Frames / shape.FrameRate:0.##} s"));
        var list = _files.Select(file => string.Create(CultureInfo.InvariantCulture, $"{VideoFolder.RelativeName(path, file)} {new FileInfo(file).Length}")).Prepend($"{shape}");
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', list))));
    }

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count => _windows.Count;

    /// <inheritdoc/>
    public string Digest { get; }

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        var (video, firstFrame) = _windows.Find(index);
        var (path, start) = (_files[video], firstFrame / Shape.FrameRate);
        var format = new ClipFormat(Shape.Height, Shape.Width, Shape.FrameRate, Shape.SampleRate);
        var picture = ClipReader.ReadFrames(path, format, start, Shape.Frames);
        if (picture.Count < Shape.Frames) throw new MmDiffusionException($"'{path}' ends {Shape.Frames - picture.Count} frames before the time it claims; run 'mmdiff data doctor' on its folder");
        picture.Pixels.CopyTo(frames);
        SoundSamples.Copy(ClipReader.ReadSound(path, Shape.SampleRate, start, Shape.AudioLength, padWithSilence: true).Samples, sound);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static int CountFrames(string file, ClipShape shape)
    {
        var media = MediaFile.Probe(file);
        media.RequireVideo();
        media.RequireSound();
        return VideoFolder.FrameCount(media, shape.FrameRate);
    }
}
