using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Reading;

[Trait("group", "media")]
public sealed class ClipReaderTests
{
    [Fact]
    public void The_real_scenes_are_read_in_the_models_format()
    {
        Assert.SkipWhen(Checkout.Landscape is null, "no ../shared/media/landscape.mp4 beside the checkout");
        var clip = ClipReader.ReadClip(Checkout.Landscape!, new ClipFormat(64, 64, 10, 16000), start: 20, frameCount: 16);

        Assert.Equal(16, clip.Frames.Count);
        Assert.Equal(25600, clip.Audio.Samples.Length);
        Assert.InRange(clip.Frames.Pixels.Average(value => (double)value), 20, 235);
        Assert.Contains(clip.Audio.Samples, sample => Math.Abs(sample) > 0.01f);
    }

    [Fact]
    public void Reading_in_pieces_gives_the_same_as_reading_at_once()
    {
        Assert.SkipWhen(Checkout.Landscape is null, "no ../shared/media/landscape.mp4 beside the checkout");
        var media = MediaFile.Probe(Checkout.Landscape!);
        var whole = ClipReader.ReadFrames(Checkout.Landscape!, ClipFormat.Native(media), start: 30, frameCount: 24);
        using var reader = ClipReader.OpenFrames(media, ClipFormat.Native(media), start: 30.8, frameCount: 8);

        var pieces = reader.ReadAll().ToArray();

        Assert.Equal(8, pieces.Length);
        for (var i = 0; i < 8; i++) Assert.True(whole[8 + i].SequenceEqual(pieces[i]), $"frame {i}");
        var sound = ClipReader.ReadAudio(Checkout.Landscape!, 16000, start: 30, sampleCount: 24000);
        var later = ClipReader.ReadAudio(Checkout.Landscape!, 16000, start: 30.8, sampleCount: 8000);
        Assert.Equal(sound.Samples[12800..20800], later.Samples);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20.03)]
    public void A_short_clip_is_the_same_as_its_parts_read_one_by_one(double start)
    {
        Assert.SkipWhen(Checkout.Landscape is null, "no ../shared/media/landscape.mp4 beside the checkout");
        var (path, format) = (Checkout.Landscape!, new ClipFormat(32, 48, 10, 16000));
        var together = ShortClip.TryRead(MediaFile.Probe(path), format, start, 16, CancellationToken.None);

        Assert.NotNull(together);
        Assert.Equal(ClipReader.ReadFrames(path, format, start, 16).Pixels, together.Frames.Pixels);
        Assert.Equal(ClipReader.ReadAudio(path, 16000, start, 25600, padWithSilence: true).Samples, together.Audio.Samples);
        Assert.Null(ShortClip.TryRead(MediaFile.Probe(path), format, start, 100_000, CancellationToken.None));
    }

    [Theory]
    [InlineData(1.6, 1.6)]
    [InlineData(1.6, 0.7)] // silence follows
    [InlineData(0.9, 2)] // the sound continues alone
    public void A_short_file_is_the_same_as_its_parts_read_one_by_one(double picture, double sound)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["clip.mp4"], "-f", "lavfi", "-i", FormattableString.Invariant($"testsrc=s=32x24:r=10:d={picture}"), "-f", "lavfi", "-i",
            FormattableString.Invariant($"sine=r=16000:d={sound}"),
            "-pix_fmt", "yuv420p");
        var media = MediaFile.Probe(path);
        var together = ShortClip.TryRead(media, ClipFormat.Native(media), 0, null, CancellationToken.None);

        Assert.NotNull(together);
        var frames = ClipReader.ReadFrames(path, ClipFormat.Native(media));
        Assert.Equal((int)Math.Round(picture * 10), frames.Count);
        Assert.Equal(frames.Pixels, together.Frames.Pixels);
        Assert.Equal(
            ClipReader.ReadAudio(path, 16000, sampleCount: frames.Count * 1600, padWithSilence: true).Samples,
            together.Audio.Samples);
        Assert.Null(ShortClip.TryRead(
            media with { VideoEnd = 0.3, AudioEnd = 0.3 }, ClipFormat.Native(media), 0, null, CancellationToken.None));
        Assert.Null(
            ShortClip.TryRead(media with { VideoEnd = 0, AudioEnd = 0 }, ClipFormat.Native(media), 0, null, CancellationToken.None));
    }

    [Theory]
    [InlineData(128, 64, 48, 48, 12, 0)] // wide: black above and below
    [InlineData(64, 128, 48, 48, 0, 12)] // tall: black left and right
    [InlineData(64, 64, 45, 63, 0, 9)]
    public void The_aspect_is_kept_and_black_surrounds_the_middle(int width, int height, int outHeight, int outWidth, int above, int left)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["white.mkv"], "-f", "lavfi", "-i", $"color=white:s={width}x{height}:r=10:d=0.5", "-c:v", "ffv1", "-pix_fmt", "bgr0");
        var frames = ClipReader.ReadFrames(path, new ClipFormat(outHeight, outWidth, 10, 16000), frameCount: 1);

        Assert.Equal((outHeight, outWidth), (frames.Height, frames.Width));
        for (var y = 0; y < outHeight; y++)
        {
            for (var x = 0; x < outWidth; x++)
            {
                var inside = y >= above && y < outHeight - above && x >= left && x < outWidth - left;
                Assert.Equal(inside ? 255 : 0, frames[0][(y * outWidth + x) * 3]);
            }
        }
    }

    [Fact]
    public void A_lossless_file_is_read_exactly_at_its_own_size_and_rate()
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient(frames: 12, height: 35, width: 53, rate: 24);
        ClipWriter.Write(folder["frames"], clip, ClipFileFormat.Frames);
        var path = TestMedia.Make(
            folder["exact.mkv"], "-framerate", "24", "-i", folder["frames/frame-%04d.png"], "-i", folder["frames/sound.wav"], "-c:v",
            "ffv1", "-pix_fmt", "bgr0", "-c:a", "pcm_s16le");

        var read = ClipReader.ReadClip(path, ClipFormat.Native(MediaFile.Probe(path)));

        Assert.Equal(24, read.Frames.Rate);
        Assert.True(clip.Frames.Pixels.AsSpan().SequenceEqual(read.Frames.Pixels));
        Assert.Equal(WaveFile.Read(folder["frames/sound.wav"]).Samples, read.Audio.Samples);
    }

    [Fact]
    public void Sound_is_the_first_channel_and_well_resampled()
    {
        using var folder = new TemporaryFolder();
        // First channel: 1 kHz. Second channel: 3 kHz, must not be heard. 15 kHz in the first must not fold down to 1 kHz at 16 kHz.
        var path = TestMedia.Make(
            folder["tones.wav"], "-f", "lavfi", "-i",
            "aevalsrc='0.5*sin(2*PI*1000*t)+0.25*sin(2*PI*11000*t)|0.5*sin(2*PI*3000*t)':s=44100:d=2", "-c:a", "pcm_f32le");

        var sound = ClipReader.ReadAudio(path, 16000);

        Assert.Equal(32000, sound.Samples.Length);
        // Away from the ends, where the filter meets silence.
        var error = Enumerable.Range(2000, 28000).Max(i => Math.Abs(sound.Samples[i] - 0.5 * Math.Sin(2 * Math.PI * 1000 * i / 16000)));
        Assert.InRange(error, 0, 1e-3);
    }

    [Fact]
    public void Sound_that_ends_early_is_silence_up_to_the_pictures_end()
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["short.mkv"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=10:d=3", "-f", "lavfi", "-i", "sine=d=1:r=16000", "-c:a",
            "pcm_s16le");

        var clip = ClipReader.ReadClip(path, new ClipFormat(16, 16, 10, 16000));
        var after = ClipReader.ReadClip(path, new ClipFormat(16, 16, 10, 16000), start: 1.5);

        Assert.Equal(30, clip.Frames.Count);
        Assert.Equal(48000, clip.Audio.Samples.Length);
        Assert.Contains(clip.Audio.Samples[15000..16000], sample => sample != 0);
        Assert.All(clip.Audio.Samples[16000..], sample => Assert.Equal(0, sample));
        Assert.Equal(24000, after.Audio.Samples.Length);
        Assert.Equal(20000, ClipReader.ReadAudio(path, 16000, sampleCount: 20000, padWithSilence: true).Samples.Length);
        Assert.Equal(16000, ClipReader.ReadAudio(path, 16000, sampleCount: 20000).Samples.Length);
    }

    [Theory]
    [InlineData(-1, 16, 10, 16000, "cannot start at -1 s")]
    [InlineData(double.NaN, 16, 10, 16000, "cannot start at NaN s")]
    [InlineData(99, 16, 10, 16000, " s long")]
    [InlineData(0, 0, 10, 16000, "frame size")]
    [InlineData(0, 16, 0, 16000, "frames per second")]
    [InlineData(0, 16, 10, 10, "samples per second")]
    public void Impossible_requests_are_refused_in_a_sentence(double start, int height, double frameRate, int sampleRate, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(folder["clip.mkv"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1");

        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            ClipReader.ReadClip(path, new ClipFormat(height, 16, frameRate, sampleRate), start));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_ffmpeg_cannot_decode_is_told_in_its_words()
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(TestMedia.Make(folder["known.mp4"], "-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=1"));
        var codec = bytes.AsSpan().LastIndexOf("avc1"u8);
        "zzzz"u8.CopyTo(bytes.AsSpan(codec));
        File.WriteAllBytes(folder["unknown.mp4"], bytes);

        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            ClipReader.ReadFrames(folder["unknown.mp4"], new ClipFormat(16, 16, 10, 16000)));

        Assert.Contains("cannot be decoded: ffmpeg says", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("film.mp4")]
    [InlineData("film.mkv")]
    public void A_file_that_breaks_off_is_read_before_the_break_and_refused_after_it(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = TestMedia.Make(
            folder["whole" + Path.GetExtension(name)],
            "-f", "lavfi", "-i", "testsrc=s=128x128:r=10:d=20", "-f", "lavfi", "-i", "sine=d=20",
            "-movflags", "+faststart", "-cues_to_front", "1", "-g", "10");
        File.WriteAllBytes(folder[name], File.ReadAllBytes(whole)[..(int)(new FileInfo(whole).Length / 2)]);
        var format = new ClipFormat(16, 16, 10, 16000);

        Assert.Equal(16, ClipReader.ReadClip(folder[name], format, start: 1, frameCount: 16).Frames.Count);
        var exception = Assert.ThrowsAny<MmDiffusionException>(() => ClipReader.ReadClip(folder[name], format));
        Assert.Contains("breaks off at", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 16_000, 16)]
    [InlineData(25, 44_100, 7)]
    [InlineData(30000 / 1001.0, 48_000, 31)]
    public void A_folder_of_frames_is_read_as_it_was_written(double rate, int sampleRate, int count)
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient(frames: count, height: 24, width: 40, rate: rate, sampleRate: sampleRate);
        var path = Directory.CreateDirectory(folder["100% of a clip"]).FullName;
        path = Path.Combine(path, "clip");
        ClipWriter.Write(path, clip, ClipFileFormat.Frames);

        var media = MediaFile.Probe(path);
        Assert.True(media is { HasVideo: true, HasAudio: true, Width: 40, Height: 24, Channels: 1 });
        Assert.Equal((rate, sampleRate), (media.FrameRate, media.SampleRate));
        var read = ClipReader.ReadClip(path, ClipFormat.Native(media));
        Assert.True(clip.Frames.Pixels.AsSpan().SequenceEqual(read.Frames.Pixels));
        Assert.All(clip.Audio.Samples.Zip(read.Audio.Samples), pair => Assert.InRange(pair.First - pair.Second, -1e-4, 1e-4));
        var later = ClipReader.ReadFrames(media, ClipFormat.Native(media), start: 3 / rate, frameCount: 2);
        Assert.True(clip.Frames[3].SequenceEqual(later[0]) && clip.Frames[4].SequenceEqual(later[1]));
    }

    [Fact]
    public void A_folder_of_anything_else_is_no_clip()
    {
        using var folder = new TemporaryFolder();
        ClipWriter.Write(folder["mute"], TestMedia.Gradient() with { Audio = new Audio([], 16_000) }, ClipFileFormat.Frames);
        ClipWriter.Write(folder["more"], TestMedia.Gradient(), ClipFileFormat.Frames);
        File.WriteAllText(folder["more/notes.txt"], "mine");

        Assert.Contains(
            "has no sound.wav, which tells how long its frames last",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["mute"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "is a folder",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaFile.Probe(folder["more"])).Message,
            StringComparison.Ordinal);
    }
}
