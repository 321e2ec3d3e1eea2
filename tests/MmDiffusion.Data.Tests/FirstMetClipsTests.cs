using MmDiffusion.Data.Scenes;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Tests;

[Trait("group", "unit")]
public sealed class FirstMetClipsTests
{
    private static readonly ClipShape Shape = new() { Height = 16, Width = 16, Frames = 4 };

    [Fact]
    public void Clips_come_in_the_order_of_the_training()
    {
        using var source = new SyntheticClipSource(50, 3, Shape);
        using var met = new FirstMetClips(source, 7, 10);
        var order = new ClipOrder(50, 7, flipProbability: 0.5);
        Assert.Equal(10, met.Count);
        Assert.Equal(Enumerable.Range(0, 10).Select(place => order.At(place).Index), Enumerable.Range(0, 10).Select(met.IndexOf));
        Assert.Equal(Read(source, order.At(9).Index), Read(met, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => met.IndexOf(10));
        Assert.Equal(50, new FirstMetClips(source, 7, 1000).Count);
    }

    private static byte[] Read(IClipSource source, int index)
    {
        var frames = new byte[Shape.FrameBytes()];
        source.Read(index, frames, new short[Shape.AudioLength]);
        return frames;
    }
}
