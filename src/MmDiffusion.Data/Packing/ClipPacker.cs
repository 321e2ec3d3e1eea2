using MmDiffusion.Checkpoints;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Data.Packing;

/// <summary>
/// Decodes videos once into shards that training maps into memory, and other languages read. Interrupted packing continues where it was:
/// finished shards are kept, the one in the making is made again. The same videos give the same bytes.
/// </summary>
/// <param name="folder">A folder, searched with all below it; or one file.</param>
/// <param name="output">The packed folder.</param>
/// <param name="format">Size and rates of the packed clips.</param>
public sealed class ClipPacker(string folder, string output, ClipFormat format)
{
    private const string LockFile = ".lock";

    /// <summary>A shard is closed when it has grown beyond this. 256 MB by default.</summary>
    public long ShardBytes { get; init; } = 256_000_000;

    /// <summary>Paths in the folder, with forward slashes, of the only videos to pack; null, the default, for all.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>Files, besides the videos, that no shard may replace. None by default.</summary>
    public KeptFiles Kept { get; init; } = new();

    /// <summary>Which streams of each video. Those that a player would show and play by default.</summary>
    public StreamChoice Streams { get; init; } = StreamChoice.Default;

    /// <summary>Packs what is not packed yet.</summary>
    /// <param name="observer">Told how many videos are done, of how many, after each.</param>
    /// <param name="cancellation">Looked at before every video; the shard in the making is lost.</param>
    /// <returns>The index.</returns>
    /// <exception cref="MmDiffusionException">
    /// There are no videos, one of <see cref="Only"/> is not there, none can be packed, the format is not possible, or the folder cannot be
    /// written, or another packing is running in it.
    /// </exception>
    public PackIndex Pack(Action<int, int>? observer = null, CancellationToken cancellation = default)
    {
        new ClipShape { Height = format.Height, Width = format.Width, FrameRate = format.FrameRate, SampleRate = format.SampleRate }
            .Validate();
        var (root, all, _) = MediaFolder.Find(folder);
        var files = MediaFolder.Choose(folder, all, Only);
        if (!Ffmpeg.IsAvailable) Ffmpeg.Version(); // Says what is missing.
        var isNew = !Directory.Exists(output);
        AtomicFolder.RequireWritable(output);
        RequireReplaceable(files.Select(file => Path.Combine(root, file)));
        using var alone = FileLock.TryTake(Path.Combine(output, LockFile))
            ?? throw new MmDiffusionException(
                $"another packing is running in '{output}'; wait until it ends, or choose another output folder");
        var shards = ReadFinished(root, files, out var done);
        observer?.Invoke(done, files.Count);
        using var videos = new DecodedVideos(root, files, done, format, Streams, cancellation);
        while (done < files.Count)
        {
            var shard = new ShardInTheMaking(output, shards.Count, format, Streams);
            while (done < files.Count && shard.Bytes < ShardBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                shard.Add(files[done], Path.Combine(root, files[done]), videos.Take);
                done++;
                observer?.Invoke(done, files.Count);
            }
            shards.Add(shard.Finish());
        }
        var index = new PackIndex
        {
            Height = format.Height,
            Width = format.Width,
            FrameRate = format.FrameRate,
            SampleRate = format.SampleRate,
            Shards = [.. shards.Where(shard => shard.Videos.Count > 0).Select(shard => shard with { Format = null })],
            Skipped = shards.SelectMany(shard => shard.Skipped).ToDictionary(),
            Damaged = shards.SelectMany(shard => shard.Damaged).ToDictionary(),
            Noted = shards.SelectMany(shard => shard.Noted).ToDictionary(),
        };
        if (index.Shards.Count == 0)
        {
            Remove(shards.Count);
            alone.Dispose();
            if (isNew && !Directory.EnumerateFileSystemEntries(output).Any()) Directory.Delete(output);
            throw new MmDiffusionException($"no video in '{folder}' could be packed: {index.Skipped.Values.First()}");
        }
        index.Write(output);
        return index;
    }

    /// <summary>What is in the folder under a shard's name must be of an earlier packing.</summary>
    private void RequireReplaceable(IEnumerable<string> videos)
    {
        var shards = Directory.EnumerateFileSystemEntries(output, "shard-*").Where(path =>
            Path.GetExtension(path) is ".json" or ".safetensors");
        List<string> targets = [.. shards, Path.Combine(output, PackIndex.FileName)];
        Kept.Require(targets);
        new KeptFiles(videos).Require(targets);
        foreach (var target in targets) AtomicFile.RequireReplaceable(target);
        if (!PackIndex.Exists(output)) return;
        try
        {
            PackIndex.Read(output);
        }
        catch (MmDiffusionException exception)
        {
            throw new MmDiffusionException(
                $"{exception.Message}; packing would replace it: move it away, or choose another output folder",
                exception);
        }
    }

    /// <summary>Leaves nothing of shards that hold nothing.</summary>
    private void Remove(int shards)
    {
        for (var number = 0; number < shards; number++)
            foreach (var ending in new[] { ".json", ".safetensors" }) File.Delete(Path.Combine(output, PackShard.Name(number) + ending));
    }

    /// <summary>The shards that are there and still hold what the folder has.</summary>
    private List<PackShard> ReadFinished(string root, IReadOnlyList<string> files, out int done)
    {
        var shards = new List<PackShard>();
        done = 0;
        while (PackShard.TryRead(output, shards.Count) is { } shard)
        {
            if (shard.Format is { } other && other != format)
                throw new MmDiffusionException($"'{output}' is packed in another size or rate; choose another output folder");
            if ((shard.Streams ?? StreamChoice.Default) != Streams)
                throw new MmDiffusionException($"'{output}' is packed of other streams of the videos; choose another output folder");
            if (shard.Format is null || !File.Exists(Path.Combine(output, shard.File))) break;
            var count = shard.Videos.Count + shard.Skipped.Count;
            var now = files.Skip(done).Take(count).ToDictionary(file => file, file => new FileInfo(Path.Combine(root, file)).Length);
            if (now.Count < count
                || !shard.Skipped.Keys.All(file => now.ContainsKey(file) && IsOlder(file, shards.Count))
                || !shard.Videos.All(video => now.TryGetValue(video.Source, out var bytes) && bytes == video.SourceBytes)) break;
            shards.Add(shard);
            done += count;
        }
        return shards;

        // What could not be read may have been copied again.
        bool IsOlder(string file, int number) =>
            File.GetLastWriteTimeUtc(Path.Combine(root, file))
                <= File.GetLastWriteTimeUtc(Path.Combine(output, PackShard.Name(number) + ".json"));
    }

    /// <summary>Videos decoded but not written yet.</summary>
    private sealed class ShardInTheMaking(string folder, int number, ClipFormat format, StreamChoice streams)
    {
        private readonly List<(PackedVideo Video, Frames Frames, Audio Audio)> _videos = [];
        private readonly Dictionary<string, string> _skipped = [];
        private readonly Dictionary<string, string> _damaged = [];
        private readonly Dictionary<string, string> _noted = [];

        internal long Bytes { get; private set; }

        internal void Add(string name, string path, Func<(Clip Clip, IReadOnlyList<ReadingNotice> Notices)> decode)
        {
            try
            {
                var (clip, notices) = decode();
                var video = new PackedVideo
                {
                    Name = $"{_videos.Count:D5}",
                    Source = name,
                    SourceBytes = new FileInfo(path).Length,
                    Frames = clip.Frames.Count,
                    Samples = clip.Audio.Samples.Length,
                };
                _videos.Add((video, clip.Frames, clip.Audio));
                Note(_damaged, notices.Where(notice => notice.Damage is not null));
                Note(_noted, notices.Where(notice => notice.Damage is null));
                Bytes += clip.Frames.Pixels.LongLength + clip.Audio.Samples.LongLength * sizeof(short);
            }
            catch (MmDiffusionException exception)
            {
                _skipped.Add(name, exception.Message.Replace(path, name, StringComparison.Ordinal));
            }

            void Note(Dictionary<string, string> list, IEnumerable<ReadingNotice> notices)
            {
                var clauses = string.Join("; ", notices.Select(notice => notice.Clause));
                if (clauses.Length > 0) list.Add(name, clauses);
            }
        }

        internal PackShard Finish()
        {
            var file = PackShard.Name(number) + ".safetensors";
            var path = Path.Combine(folder, file);
            var entries = _videos.SelectMany(entry => new[]
            {
                new WeightEntry($"{entry.Video.Name}.frames", ScalarType.Byte, [entry.Video.Frames, format.Height, format.Width, 3]),
                new WeightEntry($"{entry.Video.Name}.sound", ScalarType.Int16, [entry.Video.Samples]),
            });
            SafetensorsWriter.Write(path, entries, Load);
            var shard = new PackShard
            {
                File = file,
                Format = format,
                Streams = streams == StreamChoice.Default ? null : streams,
                Digest = WeightFile.Digest(path),
                Videos = [.. _videos.Select(entry => entry.Video)],
                Skipped = _skipped,
                Damaged = _damaged,
                Noted = _noted,
            };
            shard.Write(folder, number);
            return shard;
        }

        private Tensor Load(string name)
        {
            var (video, frames, sound) = _videos.Find(entry => name.StartsWith(entry.Video.Name, StringComparison.Ordinal));
            if (name.EndsWith(".frames", StringComparison.Ordinal))
                return tensor(frames.Pixels, [video.Frames, format.Height, format.Width, 3], ScalarType.Byte);
            var samples = new short[video.Samples];
            AudioSamples.Copy(sound.Samples, samples);
            return tensor(samples, [video.Samples], ScalarType.Int16);
        }
    }
}
