using MmDiffusion.Media.Pictures;

namespace MmDiffusion.Media.Tests.Pictures;

[Trait("group", "unit")]
public sealed class PngImageTests
{
    [Fact]
    public void Frames_of_any_size_come_back_exactly()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        for (var round = 0; round < 40; round++)
        {
            var (height, width) = (random.Next(1, 70), random.Next(1, 70));
            var pixels = new byte[height * width * 3];
            random.NextBytes(pixels);
            PngImage.Write(folder["a.png"], pixels, height, width);
            var read = PngImage.Read(folder["a.png"]);

            Assert.Equal((height, width), (read.Height, read.Width));
            Assert.True(read[0].SequenceEqual(pixels), $"{width}x{height}");
        }
    }

    [Fact]
    public void What_is_no_picture_is_refused_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.png"], "no picture");
        PngImage.Write(folder["whole.png"], new byte[300 * 300 * 3], 300, 300);
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(folder["whole.png"])[..200]);

        Assert.Contains(
            "not a picture",
            Assert.ThrowsAny<MmDiffusionException>(() => PngImage.Read(folder["text.png"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "cut short",
            Assert.ThrowsAny<MmDiffusionException>(() => PngImage.Read(folder["cut.png"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no file",
            Assert.ThrowsAny<MmDiffusionException>(() => PngImage.Read(folder["none.png"])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PngImage.Write(folder["a.png"], new byte[5], 1, 1));
    }
}
