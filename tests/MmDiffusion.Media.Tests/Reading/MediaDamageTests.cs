using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Reading;

[Trait("group", "media")]
public sealed class MediaDamageTests
{
    [Theory]
    [InlineData("film.mp4", 0.25)]
    [InlineData("film.ts", 0.5, Traits = ["group", "slow"])]
    [InlineData("film.avi", 0.6, Traits = ["group", "slow"])]
    public void Damage_in_the_middle_is_told_with_its_time(string name, double place)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder[name],
            [
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=6", "-f", "lavfi", "-i", "sine=d=6", "-g", "25", "-pix_fmt", "yuv420p",
                .. name == "film.avi" ? (string[])["-c:v", "mpeg4"] : [],
            ]);
        var media = MediaFile.Probe(path);
        Assert.Empty(MediaDamage.Find(media));
        Spoil(path, place);

        var (heard, alone) = (new List<ReadingNotice>(), new List<ReadingNotice>());
        ClipReader.ReadClip(MediaFile.Probe(path), new ClipFormat(16, 16, 10, 16000), onNotice: heard.Add);
        ClipReader.ReadFrames(MediaFile.Probe(path), new ClipFormat(16, 16, 10, 16000), onNotice: alone.Add);
        ClipReader.ReadAudio(MediaFile.Probe(path), 16000, onNotice: alone.Add);
        var found = MediaDamage.Find(media);

        Assert.Equal(found, heard.Select(notice => notice.Damage));
        Assert.Equal(found, alone.Select(notice => notice.Damage));
        Assert.StartsWith($"'{path}': the {found[0].Part} is damaged ", $"{heard[0]}", StringComparison.Ordinal);
        // Which part was hit depends on how the container mixes them.
        var damage = found[0];
        Assert.InRange(damage.First, 6 * place - 1.5, 6 * place + 1.5);
        Assert.InRange(damage.Last, damage.First, 6 * place + 2);
        Assert.StartsWith($"the {damage.Part} is damaged ", $"{damage}", StringComparison.Ordinal);
        Assert.Equal(found, MediaDamage.Find(media));
    }

    /// <summary>Decoders that begin between key frames complain of what they miss.</summary>
    [Theory]
    [InlineData("film.ts", "libx264", "aac")]
    [InlineData("film.mpg", "mpeg2video", "mp2")]
    [InlineData("film.ts", "mpeg2video", "ac3", Traits = ["group", "slow"])]
    [InlineData("film.mkv", "libx264", "aac", Traits = ["group", "slow"])]
    public void An_intact_file_that_is_read_from_the_middle_is_not_damaged(string name, string video, string sound)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder[name], "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=20", "-f", "lavfi", "-i", "sine=d=20", "-g", "250", "-pix_fmt",
            "yuv420p", "-c:v", video, "-c:a", sound);
        var notices = new List<ReadingNotice>();
        foreach (var start in new[] { 13.3, 15.7 })
            ClipReader.ReadClip(MediaFile.Probe(path), new ClipFormat(16, 16, 10, 16000), start, 16, notices.Add);
        Assert.Empty(notices);
    }

    [Fact]
    public void Damage_in_a_folder_of_frames_is_that_of_its_files()
    {
        using var folder = new TemporaryFolder();
        ClipWriter.Write(folder["clip"], TestMedia.Gradient(), ClipFileFormat.Frames);
        var frame = Path.Combine(folder["clip"], "frame-0005.png");
        var bytes = File.ReadAllBytes(frame);
        File.WriteAllBytes(frame, bytes[..(bytes.Length / 2)]);

        var notices = new List<ReadingNotice>();
        ClipReader.ReadClip(MediaFile.Probe(folder["clip"]), new ClipFormat(16, 16, 10, 16000), onNotice: notices.Add);

        var damage = Assert.Single(notices).Damage!;
        Assert.Equal("picture", damage.Part);
        Assert.InRange(damage.First, 0.2, 0.5);
        Assert.DoesNotContain("directory", damage.Reason, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Opening a named pipe waits for ever.</summary>
    [Theory]
    [InlineData("frame-0001.png")]
    [InlineData("frame-0002.png")]
    [InlineData("sound.wav")]
    public void A_pipe_in_a_folder_of_frames_is_refused_at_once(string part)
    {
        using var folder = new TemporaryFolder();
        ClipWriter.Write(folder["clip"], TestMedia.Gradient(frames: 4), ClipFileFormat.Frames);
        File.Delete(Path.Combine(folder["clip"], part));
        SpecialFiles.Pipe(Path.Combine(folder["clip"], part));
        Assert.Contains(
            $"{part}': it is a named pipe",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["clip"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_frames_with_a_gap_is_refused()
    {
        using var folder = new TemporaryFolder();
        ClipWriter.Write(folder["clip"], TestMedia.Gradient(frames: 4), ClipFileFormat.Frames);
        File.Delete(Path.Combine(folder["clip"], "frame-0002.png"));
        Assert.Contains(
            "has 3 frames but no frame-0002.png",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["clip"])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Writes over a fiftieth of a file.</summary>
    private static void Spoil(string path, double place)
    {
        var bytes = File.ReadAllBytes(path);
        var random = new Random(1);
        random.NextBytes(bytes.AsSpan((int)(bytes.Length * place), bytes.Length / 50));
        File.WriteAllBytes(path, bytes);
    }
}
