using System.Diagnostics;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Writing;

/// <summary>The picture that results keep: the file's packets where they give just the frames of the stretch.</summary>
[Trait("group", "media")]
public sealed class OriginalVideoTests : IDisposable
{
    private const double Rate = 25;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, double, double, string, bool, string[]> Stretches => new()
    {
        { "a.mp4", 0, 1.6, "mp4", true, ["-c:v", "libx264", "-bf", "0"] },
        { "a.mkv", 0.6, 1, "mp4", false, ["-c:v", "libx264", "-bf", "0", "-g", "12"] }, // behind another key frame than the first
        { "a.mkv", 0, 2, "mp4", true, ["-c:v", "libx264"] }, // all of it, with frames out of order
        { "a.mp4", 0.4, 1.6, "mp4", true, ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"] }, // to the end
        { "a.mkv", 0, 0.88, "mp4", true, ["-c:v", "mpeg4"] },
        { "a.webm", 0, 1.2, "webm", true, ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"] },
        // nothing hides frames before the start
        { "a.webm", 0.4, 1.2, "webm", false, ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "50"] },
        { "a.webm", 0, 1.2, "mp4", false, ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"] }, // no codec of mp4
        { "a.mp4", 0.41, 0.8, "mp4", false, ["-c:v", "libx264", "-bf", "0"] }, // from within a frame
        { "a.ts", 0, 1, "mp4", false, ["-c:v", "libx264", "-bf", "0"] }, // clocks that begin anywhere
    };

    [Theory]
    [MemberData(nameof(Stretches))]
    public void Packets_are_copied_where_they_give_just_the_frames(
        string name,
        double start,
        double seconds,
        string ending,
        bool isCopied,
        string[] codec)
    {
        var source = TestMedia.Make(
            _folder[name],
            [
                "-f", "lavfi", "-i", "testsrc2=s=48x32:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-pix_fmt", "yuv420p", .. codec,
                .. name == "a.webm" ? (string[])["-c:a", "libopus"] : [],
            ]);
        var (media, format) = (MediaFile.Probe(source), ending == "mp4" ? ClipFileFormat.Mp4 : ClipFileFormat.Webm);
        var frames = ClipReader.ReadOwnFrames(media, media.Height, media.Width, start, seconds);
        var picture = OriginalVideo.Find(media, frames, start);
        var result = Write(frames, picture, format, _folder["result." + ending]);

        var (before, after) = (Packets(source), Packets(result));
        Assert.Equal(isCopied, after.Count(before.Contains) >= frames.Count);
        if (isCopied) Assert.Equal(before.SkipWhile(packet => packet != after[0]).Take(after.Length), after);
        var found = MediaFile.Probe(result);
        var shown = ClipReader.ReadFrames(found, ClipFormat.Native(found));
        Assert.Equal((frames.Count, Rate), (shown.Count, Math.Round(found.FrameRate, 2)));
        Assert.Equal(0, found.AudioStart - found.VideoStart, 0.03);
        Assert.Equal(seconds, found.VideoSeconds, 0.002);
        Assert.InRange(TestMedia.Difference(frames.Pixels, shown.Pixels), 0, isCopied ? 0 : 12);
    }

    /// <summary>x264's frames out of order leave few places where a stretch can end; where it cannot, its frames are encoded.</summary>
    [Fact]
    [Trait("group", "slow")]
    public void A_stretch_whose_last_frames_need_one_after_it_is_encoded()
    {
        var source = TestMedia.Make(
            _folder["a.mp4"], "-f", "lavfi", "-i", "testsrc2=s=48x32:r=25:d=2", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-bf", "3",
            "-b_strategy", "0");
        var media = MediaFile.Probe(source);
        var copied = 0;
        foreach (var count in Enumerable.Range(20, 4))
        {
            var frames = ClipReader.ReadOwnFrames(media, media.Height, media.Width, 0, count / Rate);
            var picture = OriginalVideo.Find(media, frames, 0);
            if (picture is not null) copied++;
            var result = MediaFile.Probe(Write(frames, picture, ClipFileFormat.Mp4, _folder["result.mp4"]));
            Assert.Equal(count, ClipReader.ReadFrames(result, ClipFormat.Native(result)).Count);
        }
        Assert.Equal(1, copied);
    }

    [Fact]
    public void Frames_that_are_not_evenly_spaced_and_turned_ones_stay_so()
    {
        var film = TestMedia.Make(
            _folder["film.mp4"], "-f", "lavfi", "-i", "testsrc2=s=48x32:r=25:d=2", "-vf", "select='not(mod(n\\,7))+between(n\\,10\\,14)'",
            "-vsync", "vfr", "-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p");
        var turned = TestMedia.Make(_folder["turned.mp4"], "-i", film, "-c", "copy", "-metadata:s:v", "rotate=90");
        var media = MediaFile.Probe(turned);
        var frames = ClipReader.ReadOwnFrames(media, media.Height, media.Width, 0, 1.6);
        var result = MediaFile.Probe(Write(frames, OriginalVideo.Find(media, frames, 0), ClipFileFormat.Mp4, _folder["result.mp4"]));
        var shown = ClipReader.ReadOwnFrames(result, result.Height, result.Width);

        Assert.Equal((48, 32), (result.Height, result.Width));
        Assert.Equal(frames.Times!, shown.Times!, (a, b) => Math.Abs(a - b) < 0.0015);
        Assert.Equal(frames.Pixels, shown.Pixels);
        Assert.Equal(1.6, result.VideoSeconds, 0.002);
    }

    private static string Write(Frames frames, OriginalVideo? picture, ClipFileFormat format, string path)
    {
        var sound = new Audio([.. Enumerable.Range(0, (int)(frames.Duration * 16_000)).Select(i => 0.3f * MathF.Sin(i * 0.1f))], 16_000);
        ClipWriter.Write(path, new Clip(frames, sound) { OriginalVideo = picture }, format);
        return path;
    }

    /// <summary>Digests of a file's packets of video.</summary>
    private static string[] Packets(string path)
    {
        var start = new ProcessStartInfo(
            Media.FfmpegProgram.Ffmpeg.Locate("ffprobe"),
            ["-v", "error", "-select_streams", "v", "-show_entries", "packet=data_hash", "-show_data_hash", "md5", "-of", "csv=p=0", path])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        return [.. process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim(','))];
    }
}
