using MmDiffusion.Checkpoints;
using MmDiffusion.Data.Packing;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Tests.Packing;

[Trait("group", "media")]
public sealed class ClipPackerTests : IDisposable
{
    private static readonly ClipFormat Format = new(8, 8, 10, 16_000);
    private static readonly ClipShape Shape = new() { Height = 8, Width = 8, Frames = 4, AudioLength = 6400 };

    private readonly TemporaryFolder _videos = new();
    private readonly TemporaryFolder _packed = new();

    [Fact]
    public void Packed_clips_are_the_videos_clips()
    {
        WriteVideos(2);
        new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        using var packed = ClipSources.Open(_packed.Path, Shape);
        using var direct = ClipSources.Open(_videos.Path, Shape);
        Assert.IsType<PackedClipSource>(packed);
        Assert.IsType<VideoClipSource>(direct);
        Assert.Equal(direct.Count, packed.Count);
        Assert.InRange(packed.Count, 2 * 12, 2 * 14);
        foreach (var index in new[] { 0, 5, packed.Count - 1 })
        {
            var (expectedFrames, expectedAudio) = Read(direct, index);
            var (frames, sound) = Read(packed, index);
            Assert.Equal(expectedFrames, frames);
            for (var i = 0; i < sound.Length; i++) Assert.InRange(sound[i] - expectedAudio[i], -2000, 2000);
        }
    }

    [Fact]
    public void Another_packing_in_the_folder_is_refused_while_it_runs()
    {
        WriteVideos(1);
        using var other = FileLock.TryTake(_packed[".lock"]);
        var message = Assert.ThrowsAny<MmDiffusionException>(() => new ClipPacker(_videos.Path, _packed.Path, Format).Pack()).Message;
        Assert.Contains("another packing is running", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_of_other_streams_are_not_taken_for_those_asked_for()
    {
        WriteVideos(1);
        void Pack(StreamChoice streams) => new ClipPacker(_videos.Path, _packed.Path, Format) { Streams = streams }.Pack();
        Pack(StreamChoice.Default);
        var message = Assert.ThrowsAny<MmDiffusionException>(() => Pack(new StreamChoice(Audio: 0))).Message;
        Assert.Contains("is packed of other streams", message, StringComparison.Ordinal);
        Pack(StreamChoice.Default);
    }

    [Theory]
    [InlineData(0.99)]
    [InlineData(0.5)]
    public void A_shard_that_a_disk_has_changed_is_not_trained_on(double place)
    {
        WriteVideos(1);
        new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        var shard = Path.Combine(_packed.Path, "shard-00000.safetensors");
        var bytes = File.ReadAllBytes(shard);
        bytes[(int)(place * bytes.Length)] ^= 4;
        File.WriteAllBytes(shard, bytes);
        using var packed = new PackedClipSource(_packed.Path, Shape);
        for (var attempt = 0; attempt < 2; attempt++)
            Assert.Contains(
                "has the SHA-256",
                Assert.ThrowsAny<MmDiffusionException>(() => Read(packed, 0)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Every_run_of_frames_is_a_clip_with_its_own_sound()
    {
        WriteVideos(1);
        new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        using var packed = new PackedClipSource(_packed.Path, Shape);
        var (first, sound) = Read(packed, 0);
        var (second, later) = Read(packed, 1);
        var frame = 8 * 8 * 3;
        Assert.Equal(first[frame..], second[..^frame]);
        Assert.Equal(sound[1600..], later[..^1600]);
    }

    [Fact]
    public void Sound_that_ends_before_the_picture_is_followed_by_silence()
    {
        WriteVideos(1);
        new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        using var packed = new PackedClipSource(_packed.Path, Shape with { AudioLength = 40_000 });
        Assert.All(Read(packed, 0).Audio[26_000..], sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void Interrupted_packing_continues_and_gives_the_same_bytes()
    {
        WriteVideos(3);
        using var whole = new TemporaryFolder();
        var expected = new ClipPacker(_videos.Path, whole.Path, Format) { ShardBytes = 1 }.Pack();
        Assert.Equal(3, expected.Shards.Count);
        using var stop = new CancellationTokenSource();
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { ShardBytes = 1 };
        Assert.Throws<OperationCanceledException>(() => packer.Pack((done, _) => { if (done == 2) stop.Cancel(); }, stop.Token));
        Assert.False(PackIndex.Exists(_packed.Path));
        var calls = new List<int>();
        var resumed = packer.Pack((done, _) => calls.Add(done));
        Assert.Equal([2, 3], calls);
        Assert.Equal(expected.Shards.Select(shard => shard.Digest), resumed.Shards.Select(shard => shard.Digest));
    }

    [Fact]
    public void A_video_that_cannot_be_read_is_left_out_with_the_reason()
    {
        WriteVideos(1);
        File.WriteAllText(_videos["bad.mp4"], "no video");
        var index = new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        var (name, reason) = Assert.Single(index.Skipped);
        Assert.Equal("bad.mp4", name);
        Assert.StartsWith("'bad.mp4' is ", reason, StringComparison.Ordinal);
        Assert.Equal("sub/0.mp4", Assert.Single(Assert.Single(index.Shards).Videos).Source);
    }

    [Fact]
    public void A_video_that_is_damaged_in_the_middle_is_packed_and_named_with_the_time()
    {
        WriteVideos(1);
        var bytes = File.ReadAllBytes(TestVideos.Make(
            _videos["z.mp4"], "-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=4", "-f", "lavfi", "-i", "sine=d=4", "-g", "10", "-pix_fmt",
            "yuv420p"));
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 2, 400));
        File.WriteAllBytes(_videos["z.mp4"], bytes);
        using var again = new TemporaryFolder();
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { ShardBytes = 1 };
        var index = packer.Pack();
        Assert.Empty(index.Skipped);
        var (name, damage) = Assert.Single(index.Damaged);
        Assert.Equal("z.mp4", name);
        Assert.Contains(" is damaged ", damage, StringComparison.Ordinal);
        Assert.Equal(index.Damaged, packer.Pack().Damaged);
        Assert.Equal(index.Damaged, new ClipPacker(_videos.Path, again.Path, Format).Pack().Damaged);
    }

    [Fact]
    public void A_video_that_was_mended_is_packed_the_next_time()
    {
        WriteVideos(1);
        File.WriteAllText(_videos["sub/1.mp4"], "half a copy");
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { ShardBytes = 1 };
        Assert.Single(packer.Pack().Skipped);
        Assert.Single(packer.Pack().Skipped);
        File.Copy(_videos["sub/0.mp4"], _videos["sub/1.mp4"], overwrite: true);
        File.SetLastWriteTimeUtc(_videos["sub/1.mp4"], DateTime.UtcNow.AddSeconds(1));
        var index = packer.Pack();
        Assert.Empty(index.Skipped);
        Assert.Equal(["sub/0.mp4", "sub/1.mp4"], index.Shards.SelectMany(shard => shard.Videos).Select(video => video.Source));
    }

    [Fact]
    public void Where_nothing_can_be_packed_nothing_is_left_behind()
    {
        File.WriteAllText(_videos["bad.mp4"], "no video");
        foreach (var output in new[] { _packed.Path, _packed["new"] })
            Assert.Contains(
                "could be packed",
                Assert.ThrowsAny<MmDiffusionException>(() => new ClipPacker(_videos.Path, output, Format).Pack()).Message,
                StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_packed.Path));
    }

    [Fact]
    public void A_size_that_is_not_possible_and_a_folder_that_cannot_be_written_are_said_before_any_work()
    {
        WriteVideos(1);
        File.WriteAllText(_packed["file"], "mine");
        Assert.Contains("height is 100000", Refused(_packed["new"], Format with { Height = 100_000 }), StringComparison.Ordinal);
        Assert.Contains($"cannot write '{_packed["file/new"]}'", Refused(_packed["file/new"], Format), StringComparison.Ordinal);
        Assert.Equal(["file"], Directory.GetFileSystemEntries(_packed.Path).Select(path => Path.GetFileName(path)));

        string Refused(string output, ClipFormat format) =>
            Assert
                .ThrowsAny<MmDiffusionException>(() => new ClipPacker(_videos.Path, output, format).Pack((_, _) => Assert.Fail("it began")))
                .Message;
    }

    [Fact]
    public void Only_the_videos_of_a_list_are_packed()
    {
        WriteVideos(3);
        var index = new ClipPacker(_videos.Path, _packed.Path, Format) { Only = ["sub/2.mp4", "sub/0.mp4"] }.Pack();
        Assert.Equal(["sub/0.mp4", "sub/2.mp4"], Assert.Single(index.Shards).Videos.Select(video => video.Source));
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { Only = ["gone.mp4"] };
        Assert.Contains(
            "the list names 'gone.mp4'",
            Assert.ThrowsAny<MmDiffusionException>(() => packer.Pack()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_folder_does_not_continue_in_another_size()
    {
        WriteVideos(2);
        using var stop = new CancellationTokenSource();
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { ShardBytes = 1 };
        Assert.Throws<OperationCanceledException>(() => packer.Pack((done, _) => { if (done == 1) stop.Cancel(); }, stop.Token));
        Assert.Contains(
            "another size or rate",
            Assert.ThrowsAny<MmDiffusionException>(() => new ClipPacker(_videos.Path, _packed.Path, Format with { FrameRate = 5 }).Pack())
                .Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_was_damaged_is_found_and_one_that_was_deleted_is_packed_again()
    {
        WriteVideos(2);
        var packer = new ClipPacker(_videos.Path, _packed.Path, Format) { ShardBytes = 1 };
        var index = packer.Pack();
        Assert.Empty(index.FindFaults(_packed.Path));
        using (var file = File.OpenWrite(_packed[index.Shards[0].File]))
        {
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(77);
        }
        File.Delete(_packed[index.Shards[1].File]);
        var reported = 0;
        var faults = index.FindFaults(_packed.Path, progress => reported = progress.Done);
        Assert.Equal(2, reported);
        Assert.Collection(faults, fault => Assert.Contains("SHA-256", fault, StringComparison.Ordinal), fault =>
            Assert.Contains("is missing", fault, StringComparison.Ordinal));
        File.Delete(_packed[index.Shards[0].File]);
        Assert.Empty(packer.Pack().FindFaults(_packed.Path));
    }

    [Fact]
    public void Another_size_is_refused_by_name()
    {
        WriteVideos(1);
        new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        Assert.Contains(
            "is packed as 8x8",
            Assert.ThrowsAny<MmDiffusionException>(() => new PackedClipSource(_packed.Path, Shape with { Height = 16 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "another size or rate",
            Assert.ThrowsAny<MmDiffusionException>(() => new ClipPacker(_videos.Path, _packed.Path, Format with { Width = 16 }).Pack())
                .Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no video in",
            Assert.ThrowsAny<MmDiffusionException>(() => new PackedClipSource(_packed.Path, Shape with { Frames = 400 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_safetensors_that_anyone_can_read()
    {
        WriteVideos(1);
        var index = new ClipPacker(_videos.Path, _packed.Path, Format).Pack();
        var path = _packed[index.Shards[0].File];
        Assert.Equal(index.Shards[0].Digest, WeightFile.Digest(path));
        using var tensors = WeightFile.Open(path);
        using var frames = tensors.Load(tensors.Entries[0].Name);
        Assert.Equal([index.Shards[0].Videos[0].Frames, 8, 8, 3], frames.shape);
    }

    public void Dispose()
    {
        _videos.Dispose();
        _packed.Dispose();
    }

    private static (byte[] Frames, short[] Audio) Read(IClipSource source, int index)
    {
        var (frames, sound) = (new byte[source.Shape.FrameBytes()], new short[source.Shape.AudioLength]);
        source.Read(index, frames, sound);
        return (frames, sound);
    }

    private void WriteVideos(int count)
    {
        for (var i = 0; i < count; i++)
            SceneFiles.Write(
                SyntheticScenes.Create((ulong)i, new ClipShape { Height = 32, Width = 32 }),
                _videos["sub"],
                $"{i}",
                ClipFileFormat.Mp4);
    }
}
