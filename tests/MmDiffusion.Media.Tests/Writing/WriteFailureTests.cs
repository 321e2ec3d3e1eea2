using MmDiffusion.Tests;

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

        var exception = Assert.Throws<MmDiffusionException>(() => ClipWriter.Write(disk["clip"], noise, format));

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
            var exception = Assert.Throws<MmDiffusionException>(() => ClipWriter.Write(path, TestMedia.Gradient(), format));
            Assert.StartsWith($"cannot write '{path}': ", exception.Message, StringComparison.Ordinal);
        }

        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }
}
