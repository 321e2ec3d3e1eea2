using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Clips that flash and beep at the same known times, measured after decoding.</summary>
[Trait("group", "media")]
public sealed class SynchronyTests
{
    private const double Rate = 20;
    private const double Length = 24;
    private static string[] H264 { get; } = ["-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-bf", "3", "-pix_fmt", "yuv420p"];

    [Theory]
    [InlineData("clip.mp4", "aac")]
    [InlineData("clip.mov", "pcm_s16le", Traits = ["group", "slow"])]
    [InlineData("clip.mkv", "libmp3lame", Traits = ["group", "slow"])]
    [InlineData("clip.ts", "aac", Traits = ["group", "slow"])]
    [InlineData("clip.mpg", "mp2", Traits = ["group", "slow"])]
    [InlineData("clip.webm", "libopus", Traits = ["group", "slow"])]
    [InlineData("clip.avi", "libmp3lame", Traits = ["group", "slow"])]
    [InlineData("clip.flv", "aac", Traits = ["group", "slow"])]
    public void Flashes_and_beeps_meet_within_a_frame_wherever_reading_starts(string name, string audioCodec)
    {
        using var folder = new TemporaryFolder();
        string[] video = Path.GetExtension(name) switch
        {
            ".webm" => ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-g", "200"],
            ".avi" => ["-c:v", "mpeg4", "-g", "100", "-q:v", "3"],
            ".mpg" => ["-c:v", "mpeg2video", "-q:v", "3"],
            _ => H264,
        };
        var path = TestMedia.Make(folder[name], [.. TestMedia.Flashes(Length), .. TestMedia.Beeps(Length), .. video, "-c:a", audioCodec]);

        foreach (var start in new[] { 0, 3.0, 7.77, 13.333, 20.01 }) AssertInStep(path, start);
    }

    [Theory]
    [InlineData("late sound.mp4", 0, 0.3)]
    [InlineData("late sound.mkv", 0, 0.3, Traits = ["group", "slow"])]
    [InlineData("late picture.mp4", 0.3, 0, Traits = ["group", "slow"])]
    [InlineData("late picture.mkv", 0.3, 0, Traits = ["group", "slow"])]
    [InlineData("late picture.ts", 0.3, 0, Traits = ["group", "slow"])]
    [InlineData("late sound.ts", 0, 0.3, Traits = ["group", "slow"])]
    public void A_stream_that_starts_late_stays_in_its_place(string name, double pictureDelay, double soundDelay)
    {
        using var folder = new TemporaryFolder();
        // What is cut off at the beginning makes a stream start late; the rest keeps its times.
        var path = TestMedia.Make(
            folder[name],
            [
                .. TestMedia.Flashes(Length), .. TestMedia.Beeps(Length),
                "-filter_complex", TestMedia.Text($"[0:v]trim=start={pictureDelay}[v];[1:a]atrim=start={soundDelay}[a]"),
                "-map", "[v]", "-map", "[a]", "-vsync", "vfr", .. H264, "-c:a", "aac",
            ]);
        var media = MediaFile.Probe(path);
        Assert.Equal(pictureDelay - soundDelay, media.VideoStart - media.AudioStart, 0.1);

        // A clip begins with the first picture.
        foreach (var start in new[] { 0, 3.0, 13.333 }) AssertInStep(path, start, origin: pictureDelay);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Small_gaps_in_the_sound_do_not_add_up()
    {
        using var folder = new TemporaryFolder();
        // 8 ms are missing after every half second; the rest keeps its times.
        var path = TestMedia.Make(
            folder["joints.mkv"],
            [
                .. TestMedia.Flashes(Length), .. TestMedia.Beeps(Length), "-af", "asetnsamples=64,aselect='gt(mod(t,0.5),0.008)'", .. H264,
                "-c:a", "pcm_s16le",
            ]);

        foreach (var start in new[] { 0, 1.0, 19.0 }) AssertInStep(path, start);
        var whole = ClipReader.ReadAudio(path, 16000);
        Assert.Equal(Length, whole.Duration, 0.02);
    }

    [Fact]
    public void A_frame_that_stands_for_seconds_is_seen_when_reading_starts_within_it()
    {
        using var folder = new TemporaryFolder();
        // Frames at 0, 5 and 10 s, each of another brightness.
        var path = TestMedia.Make(
            folder["slides.mkv"],
            ["-f", "lavfi", "-i", "color=black:s=32x32:r=0.2:d=15,geq=lum='60+60*N':cb=128:cr=128", .. H264]);
        var shown = ClipReader.ReadFrames(path, new ClipFormat(8, 8, 10, 16000), start: 9, frameCount: 20);

        Assert.Equal(20, shown.Count);
        Assert.True(shown[19][0] > shown[0][0] + 40, "the third slide follows the second");
        var second = ClipReader.ReadFrames(path, new ClipFormat(8, 8, 10, 16000), start: 6, frameCount: 1);
        Assert.Equal(second[0][0], shown[0][0]);
    }

    private static void AssertInStep(string path, double start, double origin = 0)
    {
        var clip = ClipReader.ReadClip(path, new ClipFormat(32, 48, Rate, 16000), start, frameCount: 60);
        var flashes = Onsets(clip.Frames.Count, i => clip.Frames[i][(16 * 48 + 24) * 3] > 128).Select(i => start + i / Rate).ToArray();
        var beeps = Onsets(clip.Audio.Samples.Length / 16, i => clip.Audio.Samples.AsSpan(i * 16, 16).ContainsAnyExceptInRange(-0.2f, 0.2f))
            .Select(i => start + i / 1000.0).ToArray();
        var expected = Enumerable.Range(0, 12)
            .Select(i => 0.5 + 2 * i - origin)
            .Where(time => time > start + 0.1 && time < start + 2.9)
            .ToArray();

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Length, flashes.Length);
        Assert.Equal(expected.Length, beeps.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(flashes[i] - beeps[i]) <= 1 / Rate,
                $"start {start}: flash at {flashes[i]:0.000}, beep at {beeps[i]:0.000}");
            Assert.True(
                Math.Abs(beeps[i] - expected[i]) <= 1 / Rate,
                $"start {start}: beep at {beeps[i]:0.000} instead of {expected[i]:0.000}");
        }
    }

    /// <summary>Where a condition becomes true after a rest: a beep's sine crosses zero now and then.</summary>
    private static IEnumerable<int> Onsets(int count, Predicate<int> holds)
    {
        var previous = holds(0);
        var last = int.MinValue / 2;
        for (var i = 1; i < count; i++)
        {
            var now = holds(i);
            if (now && !previous && i - last > count / 6) yield return i;
            if (now) last = i;
            previous = now;
        }
    }
}
