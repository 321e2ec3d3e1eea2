using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Writing;

[Trait("group", "media")]
public sealed class ClipWriterTests
{
    [Theory]
    [InlineData(ClipFileFormat.Mp4, 16000)]
    [InlineData(ClipFileFormat.Webm, 48000)]
    public void A_models_clip_becomes_a_film_of_the_same_length(ClipFileFormat format, int sampleRate)
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient(height: 256, width: 256);
        var path = folder["clip" + ClipWriter.Extension(format)];

        Assert.Equal([path], ClipWriter.Write(path, clip, format));

        var media = MediaFile.Probe(path);
        Assert.True(media is { Width: 256, Height: 256, FrameRate: 10, IsVariableRate: false, Channels: 1 }, media.ToString());
        Assert.Equal(sampleRate, media.SampleRate);
        Assert.Equal(1.6, media.Duration, 0.1);
        Assert.Equal(1.6, media.AudioEnd, 0.1);
        var read = ClipReader.ReadClip(path, new ClipFormat(256, 256, 10, 16000));
        Assert.Equal(16, read.Frames.Count);
        Assert.Equal(25600, read.Audio.Samples.Length);
        Assert.InRange(TestMedia.Difference(clip.Frames.Pixels, read.Frames.Pixels), 0, 4);
        // Webm counts in milliseconds and begins with the codec's run-in: allow 10 ms.
        var error = Enumerable.Range(-160, 321).Min(lag =>
            Enumerable.Range(1600, 8000).Average(i => Math.Abs(clip.Audio.Samples[i] - read.Audio.Samples[i + lag])));
        Assert.InRange(error, 0, 0.02);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(ClipFileFormat.Mp4)]
    [InlineData(ClipFileFormat.Webm)]
    [InlineData(ClipFileFormat.Gif)]
    public void The_same_clip_gives_the_same_bytes(ClipFileFormat format)
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient();
        ClipWriter.Write(folder["a"], clip, format);
        ClipWriter.Write(folder["b"], clip, format);

        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Theory]
    [InlineData(ClipFileFormat.Mp4, 47, 33, 48, 34)]
    [InlineData(ClipFileFormat.Webm, 47, 33, 47, 33)]
    [InlineData(ClipFileFormat.Gif, 47, 33, 47, 33)]
    public void Odd_sizes_and_rates_are_written(ClipFileFormat format, int width, int height, int storedWidth, int storedHeight)
    {
        using var folder = new TemporaryFolder();
        var path = folder["odd" + ClipWriter.Extension(format)];
        var clip = TestMedia.Gradient(frames: 10, height: height, width: width, rate: 12.5, sampleRate: 22050);
        ClipWriter.Write(path, clip, format);

        var media = MediaFile.Probe(path);
        Assert.Equal((storedWidth, storedHeight), (media.Width, media.Height));
        Assert.Equal(12.5, media.FrameRate, 0.01);
        var read = ClipReader.ReadFrames(path, ClipFormat.Native(media));
        Assert.Equal(10, read.Count);
        for (var y = 0; y < height; y++)
            Assert.InRange(
                TestMedia.Difference(clip.Frames[5].Slice(y * width * 3, width * 3), read[5].Slice(y * storedWidth * 3, width * 3)),
                0,
                24);
    }

    [Fact]
    public void A_gif_has_its_sound_beside_it()
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient();

        Assert.Equal([folder["clip.gif"], folder["clip.wav"]], ClipWriter.Write(folder["clip.gif"], clip, ClipFileFormat.Gif));

        Assert.True(MediaFile.Probe(folder["clip.gif"]) is { HasVideo: true, HasAudio: false, FrameRate: 10 });
        Assert.Equal(25600, WaveFile.Read(folder["clip.wav"]).Samples.Length);
    }

    [Fact]
    public void A_folder_of_frames_keeps_every_pixel_and_replaces_only_its_own_kind()
    {
        using var folder = new TemporaryFolder();
        ClipWriter.Write(folder["clip"], TestMedia.Gradient(frames: 20), ClipFileFormat.Frames);
        var clip = TestMedia.Gradient(height: 33, width: 47);
        ClipWriter.Write(folder["clip"], clip, ClipFileFormat.Frames);

        Assert.Equal(17, Directory.GetFiles(folder["clip"]).Length);
        for (var i = 0; i < 16; i++) Assert.True(clip.Frames[i].SequenceEqual(PngImage.Read(folder[$"clip/frame-{i + 1:0000}.png"])[0]));
        Assert.Equal(16000, WaveFile.Read(folder["clip/sound.wav"]).Rate);

        File.WriteAllText(folder["clip/notes.txt"], "precious");
        var exception = Assert.ThrowsAny<MmDiffusionException>(() => ClipWriter.Write(folder["clip"], clip, ClipFileFormat.Frames));
        Assert.Contains("notes.txt", exception.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_clip_without_sound_and_metadata_are_stored_as_told()
    {
        using var folder = new TemporaryFolder();
        var clip = TestMedia.Gradient() with { Audio = new Audio([], 16000) };
        ClipWriter.Write(folder["a.mp4"], clip, ClipFileFormat.Mp4, new ClipWriteOptions
        {
            Metadata = new Dictionary<string, string> { ["title"] = "A \"clip\" = 1" },
        });

        Assert.False(MediaFile.Probe(folder["a.mp4"]).HasAudio);
        Assert.Contains("A \"clip\" = 1", File.ReadAllText(folder["a.mp4"], System.Text.Encoding.Latin1), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        source.CancelAfter(50);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            ClipWriter.Write(
                folder["big.mp4"],
                TestMedia.Gradient(frames: 300, height: 256, width: 256),
                ClipFileFormat.Mp4,
                cancellation: source.Token));

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
