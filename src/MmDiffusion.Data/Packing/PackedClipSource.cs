using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Checkpoints;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Packing;

/// <summary>
/// Every run of consecutive frames of every video in a packed folder, read from shards. Before the first clip of a shard is read, the
/// shard's digest is compared with the index.
/// </summary>
public sealed class PackedClipSource : IClipSource
{
    private readonly List<Stored> _videos = [];
    private readonly List<RandomAccessFile> _open = [];
    private readonly ClipWindows _windows;

    /// <summary>Opens the shards.</summary>
    /// <param name="folder">The packed folder.</param>
    /// <param name="shape">The size of the clips; frame size and rates are the folder's.</param>
    /// <exception cref="MmDiffusionException">
    /// The folder is of another size or rate, damaged, or has no video that is long enough.
    /// </exception>
    public PackedClipSource(string folder, ClipShape shape)
    {
        shape.Validate();
        Shape = shape;
        var index = PackIndex.Read(folder);
        if ((index.Height, index.Width, index.FrameRate, index.SampleRate)
            != (shape.Height, shape.Width, shape.FrameRate, shape.SampleRate))
        {
            throw new MmDiffusionException(string.Create(CultureInfo.InvariantCulture,
                $"'{folder}' is packed as {index.Width}x{index.Height} at {index.FrameRate} fps and {index.SampleRate} Hz, but "
                + $"{shape.Width}x{shape.Height} at {shape.FrameRate} fps and {shape.SampleRate} Hz is "
                + $"needed; pack the videos again in that size"));
        }
        foreach (var shard in index.Shards) OpenShard(Path.Combine(folder, shard.File), shard);
        _windows = new ClipWindows(_videos.Select(video => video.Video.Frames), shape.Frames);
        if (_windows.Count == 0) throw new MmDiffusionException($"no video in '{folder}' has {shape.Frames} frames");
        ShardDigests = [.. index.Shards.Select(shard => shard.Digest)];
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
            '\n',
            index.Shards.Select(shard => shard.Digest).Prepend(shape.Canonical())))));
    }

    /// <summary>SHA-256 of each shard.</summary>
    internal IReadOnlyList<string> ShardDigests { get; }

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count => _windows.Count;

    /// <inheritdoc/>
    public string Digest { get; }

    /// <inheritdoc/>
    public string? LabelOf(int index) => MediaFolder.LabelOf(_videos[_windows.Find(index).Video].Video.Source);

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        var (number, firstFrame) = _windows.Find(index);
        var (video, path, file, frameStart, audioStart, fault) = _videos[number];
        if (fault.Value is { } damaged) throw new MmDiffusionException(damaged);
        var frameBytes = (long)Shape.Height * Shape.Width * 3;
        var firstSample = (int)Math.Round(firstFrame / Shape.FrameRate * Shape.SampleRate);
        var there = Math.Clamp(video.Samples - firstSample, 0, sound.Length);
        try
        {
            file.Read(frameStart + firstFrame * frameBytes, frames);
            file.Read(audioStart + (long)firstSample * sizeof(short), MemoryMarshal.AsBytes(sound[..there]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(
                $"cannot read '{path}' at '{video.Source}': {exception.Message}; pack the videos again",
                exception);
        }
        sound[there..].Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _open.ForEach(part => part.Dispose());

    private void OpenShard(string path, PackShard shard)
    {
        InputFile.Require(path);
        try
        {
            var file = new RandomAccessFile(path);
            _open.Add(file);
            SafetensorsHeader header;
            using (var stream = file.Part(0, file.Length)) header = SafetensorsHeader.Read(path, stream);
            // A disk that changes a bit says nothing. The first clip of a shard reads all of it, rather than the start the whole folder.
            var fault = new Lazy<string?>(() => PackIndex.FindFault(path, shard));
            _videos.AddRange(shard.Videos.Select(video => new Stored(
                video, path, file, Start($"{video.Name}.frames", (long)video.Frames * Shape.Height * Shape.Width * 3),
                Start($"{video.Name}.sound", (long)video.Samples * sizeof(short)), fault)));

            long Start(string name, long bytes) => header.Entries.TryGetValue(name, out var entry) && entry.End - entry.Begin == bytes
                ? header.DataStart + entry.Begin
                : throw new MmDiffusionException($"'{path}' does not hold '{name}' as the index says; pack the videos again");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}; pack the videos again", exception);
        }
    }

    private sealed record Stored(
        PackedVideo Video,
        string Path,
        RandomAccessFile File,
        long FrameStart,
        long AudioStart,
        Lazy<string?> Fault);
}
