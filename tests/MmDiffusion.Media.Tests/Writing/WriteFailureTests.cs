using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Writing;

[Trait("group", "media")]
public sealed class WriteFailureTests
{
    [Theory]
    [InlineData(ClipFileFormat.Mp4)]
    [InlineData(ClipFileFormat.Webm)]
    [InlineData(ClipFileFormat.Gif)]
    [InlineData(ClipFileFormat.Frames)]
    public void A_disk_that_fills_up_while_writing_is_told_and_left_as_it_was(ClipFileFormat format)
    {
        using var disk = new SmallDisk(64);
        File.WriteAllText(disk["before.txt"], "here");
        var noise = TestMedia.Gradient(frames: 60, height: 128, width: 128);
        new Random(1).NextBytes(noise.Frames.Pixels);

        var exception = Assert.ThrowsAny<MmDiffusionException>(() => ClipWriter.Write(disk["clip"], noise, format));

        Assert.Contains("no space left on its disk", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["before.txt"], disk.Names);
    }

    [Theory]
    [InlineData(ClipFileFormat.Mp4)]
    [InlineData(ClipFileFormat.Gif)]
    [InlineData(ClipFileFormat.Frames)]
    public void A_folder_that_cannot_be_made_is_told(ClipFileFormat format)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");

        foreach (var parent in OperatingSystem.IsLinux() ? new[] { folder["file"], "/proc/mmdiff" } : [folder["file"]])
        {
            var path = Path.Combine(parent, "clip");
            var exception = Assert.ThrowsAny<MmDiffusionException>(() => ClipWriter.Write(path, TestMedia.Gradient(), format));
            Assert.StartsWith($"cannot write '{path}': ", exception.Message, StringComparison.Ordinal);
        }

        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(400)] // more than a pipe holds
    public void An_early_end_of_ffmpeg_is_told_in_its_own_words(int frames)
    {
        using var folder = new TemporaryFolder();
        var options = new ClipWriteOptions { Vp9Quality = 99 };

        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            ClipWriter.Write(folder["clip.webm"], TestMedia.Gradient(frames), ClipFileFormat.Webm, options));

        Assert.StartsWith($"cannot write '{folder["clip.webm"]}': ffmpeg says \"", exception.Message, StringComparison.Ordinal);
        Assert.Contains("crf", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ipe", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another output folder", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Neither the disk nor the folder is to blame, so another folder would not help.</summary>
    [Theory]
    [InlineData(ClipFileFormat.Mp4, float.NaN)]
    [InlineData(ClipFileFormat.Webm, float.NegativeInfinity)]
    [InlineData(ClipFileFormat.Frames, float.PositiveInfinity)]
    public void What_the_clip_is_to_blame_for_is_not_told_as_a_failure_of_the_folder(ClipFileFormat format, float sample)
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient(frames: 4);
        clip = clip with { Audio = clip.Audio with { Samples = [0, sample, 0] } };

        var sentence = Assert.ThrowsAny<MmDiffusionException>(() => ClipWriter.Write(folder["clip"], clip, format)).Message;

        Assert.DoesNotContain("folder", sentence, StringComparison.Ordinal);
        Assert.Contains("its sound is NaN or infinite at", sentence, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
