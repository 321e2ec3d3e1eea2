using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Data.Tests;

[Trait("group", "unit")]
public sealed class ClipLoaderTests
{
    private static readonly ClipShape Shape = new() { Frames = 2, Height = 8, Width = 8, AudioLength = 128, SampleRate = 640 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Batches_follow_the_order_whatever_the_number_of_threads(int threads)
    {
        using var scope = NewDisposeScope();
        using var source = new SyntheticClipSource(7, 1, Shape);
        var order = new ClipOrder(7, 5, 0.5);
        using var loader = new ClipLoader(source, order, first: 3, batch: 2, threads);
        for (var place = 3; place < 13; place += 2)
        {
            var batch = loader.Next().Clips;
            for (var i = 0; i < 2; i++)
            {
                var (index, mirrored) = order.At(place + i);
                var expected = ClipSources.Read(source, index);
                Assert.True((mirrored ? expected.Video.flip(3) : expected.Video).eq(batch.Video[i]).all().item<bool>());
                Assert.True(expected.Audio.eq(batch.Audio[i]).all().item<bool>());
            }
        }
    }

    [Fact]
    public void Batches_have_the_networks_shape_and_range()
    {
        using var scope = NewDisposeScope();
        using var source = new SyntheticClipSource(3, 1, Shape);
        using var loader = new ClipLoader(source, new ClipOrder(3, 1), 0, 3);
        var batch = loader.Next().Clips;
        Assert.Equal([3, 2, 3, 8, 8], batch.Video.shape);
        Assert.Equal([3, 1, 128], batch.Audio.shape);
        Assert.InRange(batch.Parts.Max(part => part.abs().max().item<float>()), 0.1f, 1);
    }

    [Fact]
    public void A_clip_that_cannot_be_read_fails_the_batch_that_has_it_alone()
    {
        using var scope = NewDisposeScope();
        using var source = new BrokenSource();
        using var loader = new ClipLoader(source, new ClipOrder(1, 1), 0, 1);
        Assert.Equal("clip 0 is broken", Assert.ThrowsAny<MmDiffusionException>(loader.Next).Message);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var source = new SyntheticClipSource(3, 1, Shape);
        var before = LiveTensors.CountBefore();
        using (var loader = new ClipLoader(source, new ClipOrder(3, 1), 0, 2, threads: 2)) loader.Next().Clips.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class BrokenSource : IClipSource
    {
        public ClipShape Shape => ClipLoaderTests.Shape;

        public int Count => 1;

        public string Digest => "";

        public void Read(int index, Span<byte> frames, Span<short> sound) => throw new MmDiffusionException($"clip {index} is broken");

        public void Dispose()
        {
        }
    }
}
