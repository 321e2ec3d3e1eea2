using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Frames that are not evenly spaced, as recordings of screens and telephones have them.</summary>
[Trait("group", "media")]
public sealed class OwnFramesTests
{
    private static double[] Changes { get; } = [0, 0.52, 0.68, 2.52, 2.68];

    [Theory]
    [InlineData("recording.mp4")]
    [InlineData("recording.mkv")]
    [InlineData("recording.webm")]
    public void Kept_frames_keep_their_times(string name)
    {
        using var folder = new TemporaryFolder();
        var media = MediaFile.Probe(Recording(folder, name));

        Assert.True(media.IsVariableRate);
        Assert.Equal(25, ClipFormat.Native(media).FrameRate, 0.1);
        var frames = ClipReader.ReadOwnFrames(media, 32, 48);
        Assert.Equal(Changes, frames.Times!, (a, b) => Math.Abs(a - b) <= 0.002);
        var part = ClipReader.ReadOwnFrames(media, 32, 48, start: 0.6, seconds: 1.6);
        Assert.Equal([0, 0.08], part.Times!, (a, b) => Math.Abs(a - b) <= 0.002);
        Assert.Equal(1.6, part.Duration, 1e-9);
        Assert.True(part[0][0] > 200, "the flash stands at the start");
    }

    [Theory]
    [InlineData(ClipFileFormat.Mp4, "kept.mp4")]
    [InlineData(ClipFileFormat.Webm, "kept.webm", Traits = ["group", "slow"])]
    [InlineData(ClipFileFormat.Gif, "kept.gif", Traits = ["group", "slow"])]
    public void Written_frames_keep_their_times_and_the_length_is_that_of_the_clip(ClipFileFormat format, string name)
    {
        using var folder = new TemporaryFolder();
        var frames = ClipReader.ReadOwnFrames(MediaFile.Probe(Recording(folder, "recording.mp4")), 32, 48, seconds: 2.6);
        ClipWriter.Write(folder[name], new Clip(frames, new Audio(new float[41600], 16000)), format);

        var media = MediaFile.Probe(folder[name]);
        var read = ClipReader.ReadOwnFrames(media, 32, 48);

        Assert.Equal(2.6, media.VideoSeconds, 0.05);
        var bright = Enumerable.Range(0, read.Count).Where(i => read[i][0] > 128).Select(i => read.TimeOf(i)).ToArray();
        Assert.Equal(0.52, bright[0], 0.011);
        Assert.Equal(2.52, bright[^1], 0.08);
        Assert.Equal(
            0.68,
            Enumerable.Range(0, read.Count).First(i => read.TimeOf(i) > 0.53 && read[i][0] < 128) is var dark ? read.TimeOf(dark) : 0,
            0.011);
    }

    [Fact]
    public void Without_times_frames_are_repeated_on_an_even_grid()
    {
        var pixels = new byte[] { 1, 1, 1, 2, 2, 2, 3, 3, 3 };
        var frames = new Frames(pixels, 1, 1, 10, [0, 0.2, 0.71], 1).EvenlySpaced();

        Assert.Null(frames.Times);
        Assert.Equal([1, 1, 2, 2, 2, 2, 2, 3, 3, 3], Enumerable.Range(0, frames.Count).Select(i => (int)frames[i][0]));
        Assert.Throws<ArgumentException>(() => new Frames(pixels, 1, 1, 10, [0, 0.2, 0.2], 1));
        Assert.Throws<ArgumentException>(() => new Frames(pixels, 1, 1, 10, [0, 0.2, 1], 1));
        Assert.Throws<ArgumentException>(() => new Frames(pixels, 1, 1, 10, [0, 0.2], 1));
    }

    [Fact]
    public void A_steady_picture_has_no_times_whatever_its_container_rounds()
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(folder["steady.mkv"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=30000/1001:d=2", "-c:v", "mpeg4");
        var media = MediaFile.Probe(path);

        Assert.False(media.IsVariableRate);
        Assert.Equal(30000 / 1001.0, media.FrameRate, 1e-6);
        Assert.Null(ClipReader.ReadOwnFrames(media, 16, 16, seconds: 1).Times);
    }

    /// <summary>Frames only where the picture changes: a white flash now and then.</summary>
    private static string Recording(TemporaryFolder folder, string name)
    {
        string[] codec = name.EndsWith("webm", StringComparison.Ordinal)
            ? ["-c:v", "libvpx", "-deadline", "realtime"]
            : ["-c:v", "libx264", "-bf", "0"];
        return TestMedia.Make(
            folder[name],
            [
                "-f", "lavfi", "-i", $"color=black:s=96x64:r=25:d=4,drawbox=c=white:t=fill:enable='{TestMedia.Events}'", "-vf",
                "mpdecimate=hi=1:lo=1:frac=0", "-vsync", "vfr", "-pix_fmt", "yuv420p", .. codec,
            ]);
    }
}
