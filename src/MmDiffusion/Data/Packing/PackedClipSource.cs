using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Checkpoints;

namespace MmDiffusion.Data;

/// <summary>
/// Every run of consecutive frames of every video in a packed folder, read from memory-mapped shards. Before the first clip of a shard is read, the
/// shard's digest is compared with the index.
/// </summary>
public sealed class PackedClipSource : IClipSource
{
    private readonly List<Mapped> _videos = [];
    private readonly List<IDisposable> _open = [];
    private readonly ClipWindows _windows;

    /// <summary>Maps the shards.</summary>
    /// <param name="folder">The packed folder.</param>
    /// <param name="shape">The size of the clips; frame size and rates are the folder's.</param>
    /// <exception cref="MmDiffusionException">The folder is of another size or rate, damaged, or has no video that is long enough.</exception>
    public PackedClipSource(string folder, ClipShape shape)
    {
        shape.Validate();
        Shape = shape;
        var index = PackIndex.Read(folder);
        if ((index.Height, index.Width, index.FrameRate, index.SampleRate) != (shape.Height, shape.Width, shape.FrameRate, shape.SampleRate))
        {
            throw new MmDiffusionException(FormattableString.Invariant(
                $"'{folder}' is packed as {index.Width}x{index.Height} at {index.FrameRate} fps and {index.SampleRate} Hz, but {shape.Width}x{shape.Height} at {shape.FrameRate} fps and {shape.SampleRate} Hz is needed; pack the videos again in that size"));
        }
        foreach (var shard in index.Shards) Map(Path.Combine(folder, shard.File), shard);
        _windows = new ClipWindows(_videos.Select(video => video.Video.Frames), shape.Frames);
        if (_windows.Count == 0) throw new MmDiffusionException($"no video in '{folder}' has {shape.Frames} frames");
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', index.Shards.Select(shard => shard.Digest).Prepend(shape.Canonical())))));
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
        var (number, firstFrame) = _windows.Find(index);
        var (video, view, frameStart, soundStart, fault) = _videos[number];
        if (fault.Value is { } damaged) throw new MmDiffusionException(damaged);
        var frameBytes = (long)Shape.Height * Shape.Width * 3;
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(frameStart + firstFrame * frameBytes), frames);
        var firstSample = (int)Math.Round(firstFrame / Shape.FrameRate * Shape.SampleRate);
        var there = Math.Clamp(video.Samples - firstSample, 0, sound.Length);
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(soundStart + (long)firstSample * sizeof(short)), sound[..there]);
        sound[there..].Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _open.ForEach(part => part.Dispose());

    private void Map(string path, PackShard shard)
    {
        try
        {
            SafetensorsHeader header;
            using (var stream = File.OpenRead(path)) header = SafetensorsHeader.Read(path, stream);
            var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            _open.AddRange([view, file]);
            // A disk that changes a bit says nothing. The first clip of a shard reads all of it, rather than the start the whole folder.
            var fault = new Lazy<string?>(() => PackIndex.FindFault(path, shard));
            _videos.AddRange(shard.Videos.Select(video => new Mapped(
                video, view, Start($"{video.Name}.frames", (long)video.Frames * Shape.Height * Shape.Width * 3), Start($"{video.Name}.sound", (long)video.Samples * sizeof(short)), fault)));

            long Start(string name, long bytes) => header.Entries.TryGetValue(name, out var entry) && entry.End - entry.Begin == bytes
                ? header.DataStart + entry.Begin
                : throw new MmDiffusionException($"'{path}' does not hold '{name}' as the index says; pack the videos again");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}; pack the videos again", exception);
        }
    }

    private sealed record Mapped(PackedVideo Video, MemoryMappedViewAccessor View, long FrameStart, long SoundStart, Lazy<string?> Fault);
}
