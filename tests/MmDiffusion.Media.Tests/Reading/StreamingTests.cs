using System.Diagnostics;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

[Trait("group", "media")]
[Collection("alone")]
public sealed class StreamingTests
{
    private static string LongFilm(TemporaryFolder folder) => TestMedia.Make(
        folder["long.mkv"], "-f", "lavfi", "-i", "testsrc=s=320x240:r=30:d=60", "-f", "lavfi", "-i", "sine=d=60", "-c:v", "mpeg4");

    [Fact]
    public void Memory_stays_flat_over_a_long_film()
    {
        using var folder = new TemporaryFolder();
        var media = MediaFile.Probe(LongFilm(folder));
        using var frames = ClipReader.OpenFrames(media, ClipFormat.Native(media));
        using var sound = ClipReader.OpenAudio(media, 44100);
        var frame = new byte[frames.FrameBytes];
        var samples = new float[4410];
        for (var i = 0; i < 100; i++) Assert.True(frames.Read(frame));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var resident = Environment.WorkingSet;

        while (frames.Read(frame))
        {
        }

        while (sound.Read(samples) == samples.Length)
        {
        }

        Assert.Equal(1800, frames.Position);
        Assert.Equal(60 * 44100, sound.Position, 44100.0 * 0.1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 1 << 20);
        Assert.InRange(Environment.WorkingSet - resident, long.MinValue, 64 << 20);
    }

    [Fact]
    public void Leaving_early_ends_ffmpeg_at_once()
    {
        using var folder = new TemporaryFolder();
        var media = MediaFile.Probe(LongFilm(folder));
        var reader = ClipReader.OpenFrames(media, ClipFormat.Native(media));
        Assert.True(reader.Read(new byte[reader.FrameBytes]));
        var id = reader.ProcessId;

        reader.Dispose();

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }

    [Fact]
    public void Cancellation_stops_reading_and_ends_ffmpeg()
    {
        using var folder = new TemporaryFolder();
        var media = MediaFile.Probe(LongFilm(folder));
        using var source = new CancellationTokenSource();
        int id;
        using (var reader = ClipReader.OpenFrames(media, ClipFormat.Native(media), cancellation: source.Token))
        {
            var frame = new byte[reader.FrameBytes];
            Assert.True(reader.Read(frame));
            id = reader.ProcessId;
            source.Cancel();

            Assert.Throws<OperationCanceledException>(() => reader.Read(frame));
        }

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
        Assert.Throws<OperationCanceledException>(() =>
            ClipReader.ReadClip(media.Path, ClipFormat.Native(media), cancellation: source.Token));
    }
}
