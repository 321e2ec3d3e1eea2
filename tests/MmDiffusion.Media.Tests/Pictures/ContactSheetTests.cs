using MmDiffusion.Media.Pictures;

namespace MmDiffusion.Media.Tests.Pictures;

[Trait("group", "unit")]
public sealed class ContactSheetTests
{
    [Fact]
    public void A_sheet_shows_frames_in_order_above_their_sound()
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient();
        var half = clip.Audio.Samples.Select((sample, i) => i < 12800 ? sample : 0).ToArray();
        ContactSheet.Write(
            folder["sheet.png"], [clip, clip with { Audio = new Audio(half, 16000) }], new ContactSheetOptions
            {
                FrameHeight = 64,
                Margin = 10,
                WaveformHeight = 40,
            });
        var sheet = PngImage.Read(folder["sheet.png"]);

        // 8 columns of 64 with gaps of 4, two rows of 64 + 4 + 40, margins of 10.
        Assert.Equal((10 + 2 * (108 + 10), 20 + 8 * 68 - 4), (sheet.Height, sheet.Width));
        for (var column = 0; column < 8; column++) Assert.Equal(clip.Frames[2 * column + 1][2], Pixel(sheet, 10, 10 + column * 68)[2]);
        // The waveform covers the strip above and below the axis on the loud side, and stays near the axis where it is silent.
        var wave = Pixel(sheet, 10 + 68 + 10, 100);
        Assert.True(wave.SequenceEqual(Pixel(sheet, 10 + 68 + 30, 100)), "the envelope is symmetric");
        Assert.True(wave.SequenceEqual(Pixel(sheet, 128 + 68 + 10, 100)));
        Assert.False(wave.SequenceEqual(Pixel(sheet, 128 + 68 + 10, 450)));
    }

    [Fact]
    public void The_same_clips_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a.png", "b.png" }) ContactSheet.Write(folder[name], [TestMedia.Gradient()]);

        Assert.Equal(File.ReadAllBytes(folder["a.png"]), File.ReadAllBytes(folder["b.png"]));
    }

    [Fact]
    public void Labels_silence_and_clips_of_several_shapes_share_a_sheet()
    {
        using var folder = new TemporaryFolder();
        var clips = new[]
        {
            TestMedia.Gradient(),
            TestMedia.Gradient(frames: 3, height: 20, width: 60),
            TestMedia.Gradient() with { Audio = new Audio([], 16000) },
        };

        ContactSheet.Write(folder["sheet.png"], clips, new ContactSheetOptions { Columns = 0, Light = true, Labels = ["one", "two"] });

        Assert.Equal(40 + 16 * 132 - 4, PngImage.Read(folder["sheet.png"]).Width);
    }

    [Fact]
    public void Nothing_and_too_much_are_refused_in_a_sentence()
    {
        Assert.Contains(
            "at least one clip",
            Assert.ThrowsAny<MmDiffusionException>(() => ContactSheet.Write("a.png", [])).Message,
            StringComparison.Ordinal);
        var many = Enumerable.Repeat(TestMedia.Gradient(), 100).ToArray();
        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            ContactSheet.Write("a.png", many, new ContactSheetOptions { Columns = 0, FrameHeight = 2048 }));
        Assert.Contains("too large", exception.Message, StringComparison.Ordinal);
    }

    private static ReadOnlySpan<byte> Pixel(Frames sheet, int y, int x) => sheet[0].Slice((y * sheet.Width + x) * 3, 3);
}
