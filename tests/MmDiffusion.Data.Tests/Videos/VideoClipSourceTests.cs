using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Tests.Videos;

[Trait("group", "media")]
public sealed class VideoClipSourceTests
{
    [Fact]
    public void Every_run_of_frames_of_every_video_is_a_clip_whatever_the_layout()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["b.mkv"], 6);
        TestVideos.Numbered(folder["a/deep/one.mkv"], 9);
        File.WriteAllText(folder["notes.txt"], "");
        using var source = Open(folder);
        Assert.Equal(6 + 3, source.Count);
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2], Enumerable.Range(0, 9).Select(i => TestVideos.FirstFrame(source, i, 9)));
        Assert.Empty(source.LeftOut);
    }

    [Fact]
    public void Runs_continue_from_stretch_to_stretch_of_a_long_video()
    {
        using var folder = new TemporaryFolder();
        var runs = Stretch.RunsThatFit(TestVideos.Shape);
        var frames = 2 * runs + 30;
        TestVideos.Numbered(folder["a.mkv"], frames);
        using var source = Open(folder);
        Assert.Equal(frames - 3, source.Count);
        foreach (var around in new[] { 0, runs, 2 * runs, frames - 4 })
            for (var i = Math.Max(0, around - 2); i < Math.Min(source.Count, around + 2); i++)
                Assert.Equal(i, TestVideos.FirstFrame(source, i, frames));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.064)]
    public void Clips_of_a_picture_that_begins_late_are_its_own_frames_up_to_the_last(double delay)
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["whole.mkv"], 12);
        TestVideos.Make(
            folder["late/a.mkv"], "-itsoffset", TestVideos.Text($"{delay}"), "-i", folder["whole.mkv"], "-i", folder["whole.mkv"], "-map",
            "0:v", "-map", "1:a", "-c", "copy");
        using var source = new VideoClipSource(folder["late"], TestVideos.Shape);
        Assert.Equal(9, source.Count);
        for (var i = 0; i < 9; i++)
        {
            var (frames, sound) = TestVideos.Read(source, i);
            Assert.Equal(Enumerable.Range(i, 4).Select(TestVideos.Level), Enumerable.Range(0, 4).Select(frame => frames[frame * 192]));
            // The sound beside a frame is what the file has there.
            var beside = (int)Math.Floor((i + 0.5) / 10 * 10 + delay * 10);
            if (beside < 12) Assert.InRange(sound[800], TestVideos.Loudness(beside) - 1, TestVideos.Loudness(beside) + 1);
        }
    }

    [Fact]
    public void After_the_end_of_the_sound_there_is_silence()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 10, audioSeconds: 0.75);
        using var source = Open(folder);
        var (_, sound) = TestVideos.Read(source, 6);
        Assert.InRange(sound[TestVideos.SamplesOfAFrame + 100], TestVideos.Loudness(7) - 1, TestVideos.Loudness(7) + 1);
        Assert.All(sound[(3 * TestVideos.SamplesOfAFrame / 2 + 1)..], sample => Assert.Equal(0, sample));
    }

    [Theory]
    [Trait("group", "slow")]
    [InlineData(0L)]
    [InlineData(1L << 30)]
    public void Clips_that_turn_out_to_be_damaged_give_way_to_others_always_to_the_same(long cacheBytes)
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 6);
        TestVideos.Numbered(folder["c.mkv"], 6, first: 40);
        TestVideos.Make(
            folder["whole.mp4"],
            "-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=3", "-f", "lavfi", "-i", "sine=d=3", "-c:v", "libx264", "-g",
            "5", "-c:a", "aac", "-movflags", "+faststart");
        var bytes = File.ReadAllBytes(folder["whole.mp4"]);
        File.Delete(folder["whole.mp4"]);
        File.WriteAllBytes(folder["b.mp4"], bytes[..(bytes.Length / 2)]);
        var left = new List<LeftOutVideo>();
        using var source = new VideoClipSource(folder.Path, TestVideos.Shape, cacheBytes) { OnUnreadable = left.Add };
        // Without a cache, every clip takes a run of ffmpeg, or several.
        var step = cacheBytes > 0 ? 1 : 5;
        var clips = Enumerable.Range(0, source.Count / step).Select(clip => TestVideos.Read(source, clip * step)).ToList();
        Assert.All(left, video => Assert.Equal("b.mp4", video.Path));
        Assert.StartsWith("'b.mp4': it is cut short: its picture ends at ", $"{Assert.Single(source.Notices)}", StringComparison.Ordinal);
        using var again = new VideoClipSource(folder.Path, TestVideos.Shape, cacheBytes);
        Assert.Equal(source.Digest, again.Digest);
        // In another order, with nothing read before: as a run that is resumed reads them.
        for (var clip = clips.Count - 1; clip >= 0; clip--)
        {
            var (frames, sound) = TestVideos.Read(again, clip * step);
            Assert.Equal(clips[clip].Frames, frames);
            Assert.Equal(clips[clip].Audio, sound);
        }
    }

    /// <summary>A long film of which little can be read claims nearly all clips.</summary>
    [Theory]
    [InlineData("film.mp4", "cut")]
    [InlineData("film.mp4", "erased", Traits = ["group", "slow"])]
    [InlineData("film.mkv", "cut", Traits = ["group", "slow"])]
    [InlineData("film.mkv", "erased", Traits = ["group", "slow"])]
    [InlineData("film.mov", "noise", Traits = ["group", "slow"])]
    [InlineData("film.webm", "cut", Traits = ["group", "slow"])]
    [InlineData("film.ts", "cut", Traits = ["group", "slow"])]
    [InlineData("film.flv", "cut", Traits = ["group", "slow"])]
    [InlineData("film.flv", "erased", Traits = ["group", "slow"])]
    [InlineData("film.avi", "cut", Traits = ["group", "slow"])]
    [InlineData("film.avi", "noise", Traits = ["group", "slow"])]
    public void Work_goes_on_where_most_of_what_files_claim_cannot_be_read(string name, string damage)
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 12);
        TestVideos.Numbered(folder["z.mkv"], 12, first: 40);
        string[] codecs = Path.GetExtension(name) switch
        {
            ".webm" => ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
            ".avi" => ["-c:v", "mpeg4", "-c:a", "mp3"],
            ".mp4" or ".mov" => ["-c:v", "libx264", "-g", "5", "-c:a", "aac", "-movflags", "+faststart"],
            _ => ["-c:v", "libx264", "-g", "5", "-c:a", "aac"],
        };
        TestVideos.Make(
            folder[name],
            ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=120", "-f", "lavfi", "-i", "sine=d=120", "-pix_fmt", "yuv420p", .. codecs]);
        var bytes = File.ReadAllBytes(folder[name]);
        // The index of an mp4 comes first.
        var intact = Math.Max(bytes.AsSpan().IndexOf("mdat"u8), 0) + bytes.Length / 60;
        if (damage == "erased") bytes.AsSpan(intact).Clear();
        if (damage == "noise") new Random(1).NextBytes(bytes.AsSpan(intact));
        File.WriteAllBytes(folder[name], damage == "cut" ? bytes[..intact] : bytes);

        var said = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var source = new VideoClipSource(folder.Path, TestVideos.Shape)
        {
            OnUnreadable = video => said.Add(video.Path),
            OnNotice = notice => said.Add(notice.Path),
        };
        using var again = new VideoClipSource(folder.Path, TestVideos.Shape);
        var turns = Enumerable.Range(0, 60).Select(turn => (int)((long)turn * source.Count / 60)).ToList();
        var clips = turns.Select(turn => TestVideos.Read(source, turn)).ToList();
        for (var i = turns.Count - 1; i >= 0; i--)
        {
            var (frames, sound) = TestVideos.Read(again, turns[i]);
            Assert.Equal(clips[i].Frames, frames);
            Assert.Equal(clips[i].Audio, sound);
        }
        Assert.Equal(again.Count, source.Count);
        // A stream for broadcasting may end anywhere.
        if (name == "film.ts") return;
        Assert.Contains(
            name,
            said.Concat(source.Notices.Select(notice => notice.Path)).Concat(source.LeftOut.Select(video => video.Path)));
    }

    [Fact]
    public void Damage_and_a_sound_on_the_right_alone_are_told_once_of_each_file()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Make(
            folder["bad.mp4"], "-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=3", "-f", "lavfi", "-i", "sine=d=3", "-c:v", "libx264", "-g",
            "5", "-pix_fmt", "yuv420p", "-c:a", "aac");
        TestVideos.Make(
            folder["right.mkv"], "-f", "lavfi", "-i", "color=gray:s=8x8:r=10:d=1", "-f", "lavfi", "-i", "aevalsrc='0|0.25':s=16000:d=1",
            "-c:v", "ffv1", "-c:a", "pcm_s16le");
        TestVideos.Numbered(folder["good.mkv"], 8);
        var bytes = File.ReadAllBytes(folder["bad.mp4"]);
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 3, bytes.Length / 20));
        File.WriteAllBytes(folder["bad.mp4"], bytes);
        var notices = new List<ReadingNotice>();
        using var source = new VideoClipSource(folder.Path, TestVideos.Shape) { OnNotice = notices.Add };
        for (var round = 0; round < 2; round++)
            for (var clip = 0; clip < source.Count; clip++) TestVideos.Read(source, clip);
        Assert.Single(notices, notice => notice.Path == "right.mkv" && notice.Damage is null);
        Assert.InRange(notices.Count(notice => notice.Path == "bad.mp4" && notice.Damage is not null), 1, 2);
        Assert.DoesNotContain(notices, notice => notice.Path == "good.mkv");
        Assert.StartsWith("'bad.mp4': the ", $"{notices.First(notice => notice.Damage is not null)}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_vanishes_is_left_out_and_with_the_last_one_the_work_ends()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 8);
        TestVideos.Numbered(folder["b.mkv"], 8);
        var left = new List<string>();
        using var source = new VideoClipSource(folder.Path, TestVideos.Shape) { OnUnreadable = video => left.Add(video.Path) };
        using var other = new VideoClipSource(folder.Path, TestVideos.Shape);
        File.Delete(folder["b.mkv"]);
        for (var index = 0; index < source.Count; index++) TestVideos.FirstFrame(source, index, 8);
        Assert.Equal(["b.mkv"], left);
        File.Delete(folder["a.mkv"]);
        Assert.Contains(
            "cannot be read",
            Assert.ThrowsAny<MmDiffusionException>(() => TestVideos.Read(other, 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_give_no_clips_are_left_out_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["good.mkv"], 6);
        TestVideos.Numbered(folder["short.mkv"], 3);
        TestVideos.Make(folder["silent.mp4"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=10:d=1");
        TestVideos.Make(folder["sound.wav"], "-f", "lavfi", "-i", "sine=d=1");
        File.WriteAllText(folder["broken.mp4"], "no video");
        using var source = Open(folder);
        Assert.Equal(3, source.Count);
        Assert.Equal(["broken.mp4", "short.mkv", "silent.mp4", "sound.wav"], source.LeftOut.Select(video => video.Path));
        Assert.All(source.LeftOut.Zip(["no mp4 file at all", "has 3 frames", "no sound", "no moving picture"]), pair =>
            Assert.Contains(pair.Second, pair.First.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_without_a_usable_video_is_said()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["short.mkv"], 3);
        Assert.Contains(
            "none of the 1 files",
            Assert.ThrowsAny<MmDiffusionException>(() => Open(folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void The_bytes_of_a_clip_depend_neither_on_other_readers_nor_on_memory()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 4; i++) TestVideos.Numbered(folder[$"{i}.mkv"], 12, first: 20 * i);
        using var unlimited = Open(folder);
        using var tight = Open(folder, cacheBytes: 0);
        var expected = Enumerable.Range(0, unlimited.Count).Select(i => Convert.ToHexString(TestVideos.Read(unlimited, i).Frames)).ToList();
        var random = new Random(1);
        var turns = Enumerable.Range(0, 40).Select(_ => random.Next(unlimited.Count)).ToList();
        Parallel.ForEach(turns, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
            Assert.Equal(expected[i], Convert.ToHexString(TestVideos.Read(tight, i).Frames)));
    }

    [Fact]
    public void The_digest_follows_the_clips_and_not_the_place()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["x/a.mkv"], 6);
        Directory.CreateDirectory(folder["y"]);
        File.Copy(folder["x/a.mkv"], folder["y/a.mkv"]);
        string Digest(string name, ClipShape shape)
        {
            using var source = new VideoClipSource(folder[name], shape);
            return source.Digest;
        }
        var digest = Digest("x", TestVideos.Shape);
        Assert.Equal(digest, Digest("y", TestVideos.Shape));
        Assert.NotEqual(digest, Digest("x", TestVideos.Shape with { Width = 9 }));
        TestVideos.Numbered(folder["y/a.mkv"], 6, first: 1);
        Assert.NotEqual(digest, Digest("y", TestVideos.Shape));
    }

    /// <summary>Whether decoded in one piece or clip by clip, and from stretches that begin in silence.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void A_sound_that_is_only_on_the_right_is_heard_alike_from_every_stretch_and_a_stream_can_be_chosen()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Make(
            folder["a.mkv"], "-f", "lavfi", "-i", "color=gray:s=8x8:r=10:d=2", "-f", "lavfi", "-i",
            "aevalsrc='0|if(gt(t,1),0.25,0)':s=16000:d=2", "-f", "lavfi", "-i", "aevalsrc=0.125:s=16000:d=2",
            "-map", "0", "-map", "1",
            "-map", "2", "-c:v", "ffv1", "-c:a", "pcm_s16le");
        using (var unlimited = Open(folder))
        using (var tight = Open(folder, cacheBytes: 0))
        {
            for (var clip = 0; clip < unlimited.Count; clip++)
                Assert.Equal(TestVideos.Read(unlimited, clip).Audio, TestVideos.Read(tight, clip).Audio);
            Assert.All(TestVideos.Read(tight, unlimited.Count - 1).Audio[100..^100], sample => Assert.InRange(sample, 8190, 8194));
            Assert.All(TestVideos.Read(tight, 0).Audio, sample => Assert.Equal(0, sample));
        }
        using var second = new VideoClipSource(folder.Path, TestVideos.Shape, streams: new StreamChoice(Audio: 1));
        using var first = Open(folder);
        Assert.All(TestVideos.Read(second, 0).Audio[100..^100], sample => Assert.InRange(sample, 4095, 4097));
        Assert.NotEqual(first.Digest, second.Digest);
        Assert.Contains(
            "no streams to choose from",
            Assert.ThrowsAny<MmDiffusionException>(() => ClipSources.Open("synth:3", TestVideos.Shape, new StreamChoice(Audio: 1))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Real_scenes_are_read_from_their_one_file()
    {
        if (Checkout.Landscape is not { } film)
        {
            Assert.Skip("there is no ../shared/media/landscape.mp4");
            return;
        }
        using var source = new VideoClipSource(film, new ClipShape());
        Assert.InRange(source.Count, 884 - 16, 886 - 15);
        var (frames, sound) = TestVideos.Read(source, source.Count - 1);
        Assert.True(frames.Distinct().Count() > 50 && sound.Distinct().Count() > 500);
    }

    private static VideoClipSource Open(TemporaryFolder folder, long cacheBytes = 1 << 24) =>
        new(folder.Path, TestVideos.Shape, cacheBytes);
}
