using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

[Trait("group", "media")]
public sealed class MediaFileTests
{
    private static ClipFormat Small { get; } = new(16, 16, 10, 16000);

    [Fact]
    public void The_real_scenes_are_described()
    {
        Assert.SkipWhen(Checkout.Landscape is null, "no ../shared/media/landscape.mp4 beside the checkout");
        var media = MediaFile.Probe(Checkout.Landscape!);

        Assert.True(
            media is
            {
                HasVideo: true,
                HasAudio: true,
                Width: 256,
                Height: 256,
                FrameRate: 10,
                SampleRate: 16000,
                Channels: 2,
                IsVariableRate: false
            });
        Assert.Equal(88.4, media.Duration, 0.1);
        Assert.Equal(0.069, media.VideoStart, 0.001);
        Assert.Equal(0, media.AudioStart);
    }

    [Fact]
    public void Size_is_upright_and_in_square_pixels()
    {
        using var folder = new TemporaryFolder();
        var wide = TestMedia.Make(folder["wide.mp4"], "-f", "lavfi", "-i", "testsrc=s=72x64:r=25:d=1,setsar=16/9");
        var turned = TestMedia.Make(folder["turned.mp4"], "-i", wide, "-c", "copy", "-metadata:s:v", "rotate=90");

        Assert.True(MediaFile.Probe(wide) is { Width: 128, Height: 64, FrameRate: 25, HasAudio: false, SampleRate: 0 });
        Assert.True(MediaFile.Probe(turned) is { Width: 64, Height: 128 });
    }

    [Fact]
    public void A_rate_that_varies_is_hinted_at()
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["vfr.mp4"], "-f", "lavfi", "-i", @"testsrc=s=32x32:r=30:d=4,select=lt(n\,60)+not(mod(n\,5))", "-vsync", "vfr", "-c:v",
            "libx264");

        Assert.True(MediaFile.Probe(path) is { IsVariableRate: true, FrameRate: > 5 and < 29 });
    }

    [Theory]
    [InlineData("nothing.mp4", "there is no file")]
    [InlineData("empty.mp4", "is empty (0 bytes)")]
    [InlineData("text.mp4", "is cut short or no mp4 file at all")]
    [InlineData("text.txt", "is not a video or sound file")]
    [InlineData("text.mkv", "is not a video or sound file")]
    [InlineData("truncated.mp4", "is cut short")]
    [InlineData("folder", "is a folder")]
    public void What_is_no_media_file_is_refused_in_a_sentence(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["folder"]);
        File.WriteAllBytes(folder["empty.mp4"], []);
        foreach (var text in new[] { "text.mp4", "text.txt", "text.mkv" })
            File.WriteAllText(folder[text], "Not a film, only words.\nMore of them.\n");
        TestMedia.Make(folder["whole.mp4"], "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=2");
        File.WriteAllBytes(folder["truncated.mp4"], File.ReadAllBytes(folder["whole.mp4"])[..^2000]);

        var exception = Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder[name]));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_missing_picture_or_sound_is_told_when_it_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        var silent = TestMedia.Make(folder["silent.mp4"], "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=1");
        var dark = TestMedia.Make(folder["dark.wav"], "-f", "lavfi", "-i", "sine=d=1");

        var noAudio = Assert.ThrowsAny<MmDiffusionException>(() => ClipReader.ReadClip(silent, Small));
        var noVideo = Assert.ThrowsAny<MmDiffusionException>(() => ClipReader.ReadClip(dark, Small));

        Assert.Contains("has no sound, only a picture", noAudio.Message, StringComparison.Ordinal);
        Assert.Contains("has no moving picture, only sound", noVideo.Message, StringComparison.Ordinal);
        Assert.Equal(10, ClipReader.ReadFrames(silent, Small).Count);
        Assert.Equal(16000, ClipReader.ReadAudio(dark, 16000).Samples.Length);
    }

    [Fact]
    public void A_file_cut_off_before_its_index_holds_nothing()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(TestMedia.Make(folder["whole.mp4"], "-f", "lavfi", "-i", "sine=d=1", "-movflags", "+faststart"));
        File.WriteAllBytes(folder["head.mp4"], whole[..64]);
        Assert.Contains(
            "holds neither a moving picture nor sound: it is cut short",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["head.mp4"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_cover_picture_is_not_a_film()
    {
        using var folder = new TemporaryFolder();
        PngImage.Write(folder["cover.png"], new byte[32 * 32 * 3], 32, 32);
        var song = TestMedia.Make(
            folder["song.mp3"], "-f", "lavfi", "-i", "sine=d=1", "-i", folder["cover.png"], "-map", "0", "-map", "1", "-c:v", "copy",
            "-disposition:v", "attached_pic");

        Assert.True(MediaFile.Probe(song) is { HasVideo: false, HasAudio: true, Width: 0 });
    }

    [Fact]
    public void Names_with_quotes_percent_signs_and_colons_are_only_names()
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(folder["plain.wav"], "-f", "lavfi", "-i", "sine=d=1");
        var odd = folder["a \"b\" 'c' %03d http:x -y.wav"];
        File.Move(path, odd);

        Assert.Equal(1, ClipReader.ReadAudio(odd, 8000).Duration);
    }

    [Fact]
    public void A_playlist_cannot_reach_the_network()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.m3u8"], "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");

        Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["list.m3u8"]));
    }
}
