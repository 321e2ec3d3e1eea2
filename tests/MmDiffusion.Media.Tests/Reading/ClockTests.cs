using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Files whose own clock jumps, wraps, begins below 0 or is contradicted by the header.</summary>
[Trait("group", "media")]
public sealed class ClockTests
{
    private static ClipFormat Small { get; } = new(16, 24, 25, 16000);

    [Theory]
    [InlineData("ahead.ts", 36000, 1)]
    [InlineData("back.ts", 0, 1, Traits = ["group", "slow"])]
    [InlineData("a little back.ts", 1.5, 1, Traits = ["group", "slow"])]
    [InlineData("ahead.mpg", 600, 1, Traits = ["group", "slow"])]
    [InlineData("ahead.mkv", 36000, 1, Traits = ["group", "slow"])]
    public void What_follows_a_jump_of_the_clock_follows_in_time(string name, double offset, int jumps)
    {
        using var folder = new TemporaryFolder();
        var path = Joined(folder, name, offset);

        var media = MediaFile.Probe(path);
        var clip = ClipReader.ReadClip(media, Small);
        var later = ClipReader.ReadClip(media, Small, start: 4, frameCount: 25);

        Assert.Equal(jumps, media.ClockJumps!.Count);
        Assert.Equal(offset == 0 ? -3 : offset - 3, media.ClockJumps[0].By, 1.0);
        Assert.InRange(clip.Frames.Count, 148, 155);
        Assert.Equal(6, clip.Audio.Duration, 0.3);
        Assert.Equal(6, media.VideoSeconds, 0.3);
        AssertInStep(clip, [0.5, 2.5, 4.5]);
        AssertInStep(later, [0.5]);
    }

    /// <summary>ffmpeg makes its filters again there, which then know nothing of before.</summary>
    [Theory]
    [InlineData("back.ts", 0)]
    [InlineData("ahead.ts", 36000, Traits = ["group", "slow"])]
    public void A_jump_of_the_clock_where_the_streams_change_too_is_mended(string name, double offset)
    {
        using var folder = new TemporaryFolder();
        string[] changed =
        [
            "-vf", "scale=48:32", "-c:v", "libx264", "-bf", "0", "-c:a", "ac3", "-ar", "44100", "-af",
            "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0",
        ];
        var path = Joined(folder, name, offset, changed, "ac3");

        var media = MediaFile.Probe(path);
        var clip = ClipReader.ReadClip(media, Small);

        Assert.Single(media.ClockJumps!);
        Assert.InRange(clip.Frames.Count, 148, 155);
        AssertInStep(clip, [0.5, 2.5, 4.5]);
        AssertInStep(ClipReader.ReadClip(media, Small, start: 4, frameCount: 25), [0.5]);
    }

    [Theory]
    [InlineData("95440")] // wraps after about 3 s
    [InlineData("95443.2")]
    [InlineData("50000")]
    public void A_clock_that_wraps_or_begins_late_is_like_any_other(string offset)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(folder["wrap.ts"], [.. Source(6), "-output_ts_offset", offset]);

        var media = MediaFile.Probe(path);
        var clip = ClipReader.ReadClip(media, Small);

        Assert.Empty(media.ClockJumps!);
        Assert.Equal(150, clip.Frames.Count);
        AssertInStep(clip, [0.5, 2.5, 4.5]);
        AssertInStep(ClipReader.ReadClip(media, Small, start: 4, frameCount: 25), [0.5]);
    }

    /// <summary>Matroska's blocks may lie before time 0.</summary>
    [Theory]
    [InlineData("early.mkv", 1)]
    [InlineData("early.mkv", 0.52)]
    public void Frames_from_before_time_0_are_read(string name, double early)
    {
        using var folder = new TemporaryFolder();
        var whole = TestMedia.Make(folder["whole.mp4"], [.. Source(6), "-bf", "0"]);
        var path = TestMedia.Make(
            folder[name], "-i", whole, "-c", "copy", "-output_ts_offset", TestMedia.Text($"{-early}"), "-avoid_negative_ts", "disabled");

        var media = MediaFile.Probe(path);
        var clip = ClipReader.ReadClip(media, Small);

        Assert.Equal(150, clip.Frames.Count);
        AssertInStep(clip, [0.5, 2.5, 4.5]);
        AssertInStep(ClipReader.ReadClip(media, Small, start: 2, frameCount: 75), [0.5, 2.5]);
    }

    /// <summary>Recorders that restart.</summary>
    [Fact]
    public void A_clock_that_begins_again_in_flash_video_goes_on()
    {
        using var folder = new TemporaryFolder();
        string[] codecs = ["-c:v", "libx264", "-bf", "0", "-c:a", "aac"];
        var whole = TestMedia.Make(folder["whole.flv"], [.. Source(6), .. codecs]);
        var first = File.ReadAllBytes(TestMedia.Make(folder["first.flv"], ["-i", whole, "-t", "3", .. codecs]));
        var second = File.ReadAllBytes(TestMedia.Make(folder["second.flv"], ["-i", whole, "-ss", "3", .. codecs]));
        File.WriteAllBytes(folder["back.flv"], [.. first, .. second[13..]]);

        var clip = ClipReader.ReadClip(folder["back.flv"], Small);

        Assert.InRange(clip.Frames.Count, 149, 153);
        AssertInStep(clip, [0.5, 2.5, 4.5]);
    }

    [Fact]
    public void A_picture_that_stands_still_beside_its_sound_is_no_jump()
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["still.mkv"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=1/15:d=30", "-f", "lavfi", "-i", "sine=d=30:r=8000", "-c:v",
            "mpeg4", "-c:a", "pcm_s16le");

        Assert.Empty(MediaFile.Probe(path).ClockJumps!);
    }

    /// <summary>A screen on which nothing changes for 12 s, silent or with a sound that ends before.</summary>
    [Theory]
    [InlineData("mp4", false)]
    [InlineData("mkv", true)]
    [InlineData("mp4", true, Traits = ["group", "slow"])]
    [InlineData("mkv", false, Traits = ["group", "slow"])]
    [InlineData("webm", false, Traits = ["group", "slow"])]
    [InlineData("webm", true, Traits = ["group", "slow"])]
    [InlineData("flv", false, Traits = ["group", "slow"])]
    [InlineData("flv", true, Traits = ["group", "slow"])]
    [InlineData("avi", false, Traits = ["group", "slow"])]
    [InlineData("avi", true, Traits = ["group", "slow"])]
    [InlineData("mov", true, Traits = ["group", "slow"])]
    public void A_picture_that_stands_for_long_in_silence_is_no_jump(string container, bool hasSound)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["still." + container],
            [
                "-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=20", .. hasSound ? (string[])["-f", "lavfi", "-i", "sine=d=2"] : [],
                "-vf", "select='lt(t,3)+gte(t,15)'", "-vsync", "vfr", "-pix_fmt", "yuv420p", .. Codec(container),
            ]);

        var media = MediaFile.Probe(path);
        var frames = ClipReader.ReadFrames(media, Small with { FrameRate = 10 });
        var later = ClipReader.ReadFrames(media, Small with { FrameRate = 10 }, start: 10, frameCount: 60);

        Assert.Empty(media.ClockJumps!);
        Assert.Equal(20, media.VideoSeconds, 0.1);
        Assert.InRange(frames.Count, 200, 201);
        Assert.Equal(frames[31], frames[149]);
        Assert.False(frames[149].SequenceEqual(frames[151]));
        Assert.Equal(frames[100], later[0]);
        Assert.Equal(frames[159], later[59]);
    }

    [Theory]
    [InlineData("mp4", "1/15")]
    [InlineData("mkv", "1/15", Traits = ["group", "slow"])]
    [InlineData("mkv", "1/40", Traits = ["group", "slow"])]
    [InlineData("mp4", "1/40", Traits = ["group", "slow"])]
    [InlineData("webm", "1/15", Traits = ["group", "slow"])]
    [InlineData("flv", "1/15", Traits = ["group", "slow"])]
    [InlineData("avi", "1/15", Traits = ["group", "slow"])]
    [InlineData("ts", "1/15", Traits = ["group", "slow"])]
    public void Slides_stand_for_as_long_as_the_file_has_them(string container, string rate)
    {
        using var folder = new TemporaryFolder();
        var seconds = 5 * int.Parse(rate[2..], System.Globalization.CultureInfo.InvariantCulture);
        var path = TestMedia.Make(
            folder["slides." + container],
            [
                "-f", "lavfi", "-i", TestMedia.Text($"testsrc=s=96x64:r={rate}:d={seconds}"), "-pix_fmt", "yuv420p", .. Codec(container),
            ]);

        var media = MediaFile.Probe(path);
        var frames = ClipReader.ReadFrames(media, Small with { FrameRate = 2 });

        Assert.Empty(media.ClockJumps!);
        Assert.Equal(seconds, media.VideoSeconds, 0.1);
        Assert.Equal(2 * seconds, frames.Count);
        Assert.Equal(5, Enumerable.Range(0, frames.Count).Select(i => Convert.ToHexString(frames[i])).Distinct().Count());
    }

    /// <summary>Recorders that restart often.</summary>
    [Theory]
    [InlineData("ts", 150)]
    [InlineData("flv", 150)]
    [InlineData("ts", 400, Traits = ["group", "slow"])]
    public void A_clock_that_jumps_many_times_is_mended_to_the_end(string container, int parts)
    {
        using var folder = new TemporaryFolder();
        string[] codecs = ["-c:v", "libx264", "-bf", "0", "-c:a", "aac"];
        var part = File.ReadAllBytes(TestMedia.Make(
            folder["part." + container],
            ["-f", "lavfi", "-i", "testsrc=s=32x32:r=25:d=0.4", "-f", "lavfi", "-i", "sine=d=0.4", "-pix_fmt", "yuv420p", .. codecs]));
        var header = container == "flv" ? 13 : 0;
        using (var file = File.Create(folder["many." + container]))
        {
            file.Write(part);
            for (var i = 1; i < parts; i++) file.Write(part.AsSpan(header));
        }

        var media = MediaFile.Probe(folder["many." + container]);
        var frames = ClipReader.ReadFrames(media, Small);
        var sound = ClipReader.ReadAudio(media, 16000);

        Assert.Equal(parts - 1, media.ClockJumps!.Count);
        Assert.InRange(frames.Count, 10 * parts - parts / 10, 10 * parts + parts / 10);
        Assert.Equal(frames.Duration, sound.Duration, 0.02 * frames.Duration);
    }

    /// <summary>Files of more than 16 MB, whose headers look right.</summary>
    [Theory]
    [InlineData(36_000)]
    [InlineData(100_000, Traits = ["group", "slow"])]
    public void A_jump_in_a_large_file_is_found_too(int by)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["large.mkv"], "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=90", "-f", "lavfi", "-i", "sine=d=90", "-vf",
            $"setpts=PTS+gte(T\\,30)*{by}/TB", "-af", $"asetpts=PTS+gte(T\\,30)*{by}/TB", "-vsync", "passthrough", "-c:v", "rawvideo",
            "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le");

        var media = MediaFile.Probe(path);

        Assert.InRange(new FileInfo(path).Length, 16 << 20, 64 << 20);
        Assert.Equal(by, Assert.Single(media.ClockJumps!).By, 1.0);
        Assert.Equal(90, media.VideoSeconds, 0.2);
        Assert.InRange(ClipReader.ReadFrames(media, Small with { FrameRate = 2 }).Count, 179, 182);
    }

    [Fact]
    [Trait("group", "slow")]
    public void A_clock_that_begins_again_in_a_large_recording_is_found()
    {
        using var folder = new TemporaryFolder();
        var part = File.ReadAllBytes(TestMedia.Make(
            folder["part.flv"],
            [
                "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=20", "-f", "lavfi", "-i", "sine=d=20", "-pix_fmt", "yuv420p", "-c:v",
                "libx264", "-preset", "ultrafast", "-qp", "0", "-bf", "0", "-c:a", "aac",
            ]));
        File.WriteAllBytes(folder["large.flv"], [.. part, .. part[13..], .. part[13..]]);

        var media = MediaFile.Probe(folder["large.flv"]);

        Assert.InRange(new FileInfo(folder["large.flv"]).Length, 16 << 20, 64 << 20);
        Assert.Equal(2, media.ClockJumps!.Count);
        Assert.Equal(60, media.VideoSeconds, 0.3);
    }

    private static string[] Codec(string container) => container switch
    {
        "webm" => ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
        "avi" => ["-c:v", "mpeg4", "-c:a", "mp3"],
        _ => ["-c:v", "libx264", "-c:a", "aac"],
    };

    [Theory]
    [InlineData("unknown.webm")]
    [InlineData("false.webm")]
    [InlineData("false.mkv")]
    public void A_length_that_the_header_does_not_tell_or_tells_falsely_is_that_of_the_packets(string name)
    {
        using var folder = new TemporaryFolder();
        string[] codecs = name.EndsWith("webm", StringComparison.Ordinal)
            ? ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]
            : ["-c:v", "mpeg4", "-c:a", "pcm_s16le"];
        var path = TestMedia.Make(folder[name], [.. Source(2), .. codecs, .. name[0] == 'u' ? (string[])["-live", "1"] : []]);
        if (name[0] == 'f') ClaimTenHours(path);

        var media = MediaFile.Probe(path);

        Assert.Equal(2, media.VideoSeconds, 0.1);
        Assert.Equal(2, media.AudioSeconds, 0.1);
        Assert.Equal(2, media.Duration, 0.1);
        Assert.Equal(50, ClipReader.ReadClip(media, Small).Frames.Count);
    }

    [Theory]
    [InlineData("picture.h264")]
    [InlineData("sound.aac")]
    public void Streams_without_a_container_are_measured(string name)
    {
        using var folder = new TemporaryFolder();
        string[] part = name.EndsWith("aac", StringComparison.Ordinal) ? ["-vn"] : ["-an", "-bf", "0"];
        var media = MediaFile.Probe(TestMedia.Make(folder[name], [.. Source(2), .. part]));

        Assert.Equal(2, media.HasVideo ? media.VideoSeconds : media.AudioSeconds, 0.1);
    }

    [Theory]
    [InlineData("late.mkv")]
    [InlineData("late.mp4")]
    [InlineData("late.ts")]
    public void A_picture_that_begins_late_ends_where_it_ends_and_clips_begin_with_it(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = TestMedia.Make(folder["whole.mp4"], [.. Source(6), "-bf", "0"]);
        var path = TestMedia.Make(folder[name], "-itsoffset", "1", "-i", whole, "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy");

        var media = MediaFile.Probe(path);
        var clip = ClipReader.ReadClip(media, Small);

        Assert.Equal(1, media.VideoStart - media.AudioStart, 0.06);
        Assert.Equal(6, media.VideoSeconds, 0.02);
        Assert.Equal(150, clip.Frames.Count);
        // The flashes are late by a second, which is how the file has it.
        Assert.Equal([0.5, 2.5, 4.5], Flashes(clip), (a, b) => Math.Abs(a - b) <= 0.04);
        Assert.Equal([1.5, 3.5], Beeps(clip), (a, b) => Math.Abs(a - b) <= 0.06);
    }

    [Fact]
    public void A_copy_in_another_container_gives_the_same_clip()
    {
        using var folder = new TemporaryFolder();
        var mp4 = TestMedia.Make(
            folder["clip.mp4"],
            [
                .. TestMedia.Flashes(3), .. TestMedia.Beeps(3), "-r", "10", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar",
                "16000",
            ]);
        var mkv = TestMedia.Make(folder["clip.mkv"], "-i", mp4, "-c", "copy");
        var format = new ClipFormat(16, 24, 10, 16000);
        Assert.Equal(0.064, MediaFile.Probe(mkv).VideoStart, 0.001);

        foreach (var start in new[] { 0, 0.7 })
        {
            var (a, b) = (ClipReader.ReadClip(mp4, format, start), ClipReader.ReadClip(mkv, format, start));
            Assert.Equal(a.Frames.Pixels, b.Frames.Pixels);
            // Within a millisecond, to which the copy rounds.
            Assert.Equal(Beeps(a), Beeps(b), (x, y) => Math.Abs(x - y) <= 0.0015);
        }
    }

    private static string[] Source(double seconds) =>
    [
        "-f", "lavfi", "-i", TestMedia.Text($"color=black:s=96x64:r=25:d={seconds},drawbox=c=white:t=fill:enable='{TestMedia.Events}'"),
        .. TestMedia.Beeps(seconds), "-pix_fmt", "yuv420p", "-g", "25",
    ];

    /// <summary>Two parts of 3 s, the second with a clock that begins elsewhere.</summary>
    private static string Joined(TemporaryFolder folder, string name, double offset, string[]? changed = null, string sound = "aac")
    {
        var ending = Path.GetExtension(name) == ".mpg" ? ".mpg" : ".ts";
        string[] codecs = ending == ".mpg"
            ? ["-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2"]
            : ["-c:v", "libx264", "-bf", "0", "-c:a", sound];
        var whole = TestMedia.Make(folder["whole" + ending], [.. Source(6), .. codecs]);
        var first = TestMedia.Make(folder["first" + ending], ["-i", whole, "-t", "3", .. codecs]);
        var second = TestMedia.Make(
            folder["second" + ending],
            ["-i", whole, "-ss", "3", .. changed ?? codecs, "-output_ts_offset", TestMedia.Text($"{offset}")]);
        var path = folder[Path.ChangeExtension(name, ending)];
        File.WriteAllBytes(path, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        return Path.GetExtension(name) == ending ? path : TestMedia.Make(folder[name], "-copyts", "-i", path, "-c", "copy");
    }

    /// <summary>Writes ten hours over the length in a Matroska header (id 4489, a double).</summary>
    private static void ClaimTenHours(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var place = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x44, 0x89, 0x88]);
        System.Buffers.Binary.BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(place + 3), 36_000_000);
        File.WriteAllBytes(path, bytes);
    }

    private static void AssertInStep(Clip clip, double[] expected)
    {
        Assert.Equal(expected, Flashes(clip), (a, b) => Math.Abs(a - b) <= 0.13);
        Assert.Equal(Flashes(clip), Beeps(clip), (a, b) => Math.Abs(a - b) <= 0.06);
    }

    private static double[] Flashes(Clip clip) =>
        [.. Onsets(
            clip.Frames.Count,
            i => clip.Frames[i][(clip.Frames.Height / 2 * clip.Frames.Width + clip.Frames.Width / 2) * 3] > 128,
            10).Select(i => i / clip.Frames.Rate)];

    private static double[] Beeps(Clip clip) =>
        [.. Onsets(clip.Audio.Samples.Length, i => Math.Abs(clip.Audio.Samples[i]) > 0.2, clip.Audio.Rate / 2).Select(i =>
            (double)i / clip.Audio.Rate)];

    private static IEnumerable<int> Onsets(int count, Predicate<int> holds, int rest)
    {
        var last = int.MinValue / 2;
        for (var i = 0; i < count; i++)
        {
            if (!holds(i)) continue;
            if (i - last > rest) yield return i;
            last = i;
        }
    }
}
