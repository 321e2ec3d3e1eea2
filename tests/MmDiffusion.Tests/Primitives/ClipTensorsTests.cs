using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public sealed class ClipTensorsTests
{
    [Fact]
    public void Every_level_of_every_colour_comes_back()
    {
        var pixels = Enumerable.Range(0, 2 * 16 * 8 * 3).Select(i => (byte)i).ToArray();
        var frames = new Frames(pixels, 16, 8, 12.5);
        var before = LiveTensors.CountBefore();
        using (var tensor = ClipTensors.FromFrames(frames))
        {
            Assert.Equal([2, 3, 16, 8], tensor.shape);
            Assert.Equal(-1, tensor.min().item<float>());
            Assert.Equal(1, tensor.max().item<float>());
            var back = ClipTensors.ToFrames(tensor, frames.Rate);
            Assert.Equal(pixels, back.Pixels);
            Assert.Equal((16, 8, 12.5), (back.Height, back.Width, back.Rate));
        }
        Assert.InRange(Tensor.TotalCount, before, before + 2); // min and max above
    }

    [Fact]
    public void Values_out_of_range_are_clipped()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([255, 0, 128], ClipTensors.ToFrames(tensor([7f, -7f, 0.001f], [1, 3, 1, 1]), 1).Pixels);
        Assert.Equal([1f, -1f, 0.5f], ClipTensors.ToAudio(tensor([7f, -7f, 0.5f], [1, 3]), 8000).Samples);
    }

    [Fact]
    public void A_sound_is_cut_or_padded_to_the_length_wanted()
    {
        using var scope = NewDisposeScope();
        var sound = new Audio([0.1f, 0.2f, 0.3f], 8000);
        Assert.Equal([0.1f, 0.2f], ClipTensors.FromAudio(sound, 2).data<float>());
        Assert.Equal([0.1f, 0.2f, 0.3f, 0f, 0f], ClipTensors.FromAudio(sound, 5).data<float>());
    }
}
