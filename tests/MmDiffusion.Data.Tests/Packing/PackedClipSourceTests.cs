using MmDiffusion.Checkpoints;
using MmDiffusion.Data.Packing;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Data.Tests.Packing;

[Trait("group", "unit")]
public sealed class PackedClipSourceTests
{
    private static readonly ClipShape Shape = new() { Height = 8, Width = 8, Frames = 4, AudioLength = 6400 };

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(5000)]
    public void A_shard_that_becomes_shorter_while_it_is_read_is_a_sentence_and_not_the_end_of_the_process(long left)
    {
        using var folder = new TemporaryFolder();
        Pack(folder);
        using var source = new PackedClipSource(folder.Path, Shape);
        var (frames, sound) = (new byte[Shape.FrameBytes()], new short[Shape.AudioLength]);
        source.Read(source.Count - 1, frames, sound);
        Assert.All(frames, value => Assert.Equal(7, value));
        Assert.All(sound, value => Assert.Equal(3, value));
        using (var file = new FileStream(folder["shard-00000.safetensors"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(left);
        var said = Assert.ThrowsAny<MmDiffusionException>(() => source.Read(source.Count - 1, frames, sound)).Message;
        Assert.Contains("shard-00000.safetensors' at 'a.mp4'", said, StringComparison.Ordinal);
        Assert.Contains($"it ends at byte {left}", said, StringComparison.Ordinal);
        Assert.Contains("cut short while it was in use; pack the videos again", said, StringComparison.Ordinal);
    }

    private static void Pack(TemporaryFolder folder)
    {
        using var scope = NewDisposeScope();
        const int frames = 20;
        SafetensorsWriter.Write(folder["shard-00000.safetensors"], new Dictionary<string, Tensor>
        {
            ["00000.frames"] = full([frames, 8, 8, 3], 7, ScalarType.Byte),
            ["00000.sound"] = full([frames * 1600], 3, ScalarType.Int16),
        });
        new PackIndex
        {
            Height = 8,
            Width = 8,
            FrameRate = 10,
            SampleRate = 16_000,
            Shards =
            [
                new PackShard
                {
                    File = "shard-00000.safetensors",
                    Digest = WeightFile.Digest(folder["shard-00000.safetensors"]),
                    Videos =
                    [
                        new PackedVideo { Name = "00000", Source = "a.mp4", SourceBytes = 1, Frames = frames, Samples = frames * 1600 },
                    ],
                },
            ],
        }.Write(folder.Path);
    }
}
