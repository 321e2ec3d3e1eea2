using MmDiffusion.Generation;
using MmDiffusion.Generation.Memory;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class FrameUpscalerTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("ddim")]
    [InlineData("ddpm")]
    public void All_frames_share_one_noise_however_many_are_enlarged_at_once(string sampler)
    {
        using var scope = NewDisposeScope();
        using var upscaler = model.LoadUpscaler();
        var frame = rand(new long[] { 1, 3, 8, 8 }, generator: new Generator(1)) * 2 - 1;
        var frames = cat([frame, frame, -frame, frame, frame], 0);
        var options = new UpscalingOptions { Sampler = sampler, Steps = 4 };
        var one = new FrameUpscaler(upscaler, options).Upscale(frames, 3);
        var two = new FrameUpscaler(upscaler, options with { FramesAtOnce = 2 }).Upscale(frames, 3);
        Assert.Equal([5, 3, 16, 16], one.shape);
        Assert.True(one[0].eq(one[4]).all().item<bool>());
        Assert.True((one[0] - one[2]).abs().max().item<float>() > 1e-3);
        Assert.InRange(Networks.RelativeError(two, one), 0, 1e-3);
    }

    [Fact]
    public void Frames_in_tiles_are_near_those_computed_whole_and_their_tiles_are_told()
    {
        using var scope = NewDisposeScope();
        using var upscaler = model.LoadUpscaler();
        var small = rand(new long[] { 2, 3, 32, 32 }, generator: new Generator(1)) * 2 - 1;
        var memory = new UpscalerMemory(upscaler, reuses: true, others: 0);
        var options = new UpscalingOptions { Sampler = "unipc", Steps = 4, Reuse = 2 };
        var (whole, tiled) = (new FrameUpscaler(upscaler, options), new FrameUpscaler(
            upscaler,
            options with { MemoryLimit = memory.Estimate(1, new TileLayout((64, 64), (64, 64), 2)) - 1 }));
        Assert.Null(whole.Describe(32, 32).Tile);
        Assert.Equal("64x36", tiled.Describe(32, 32).Tile);
        var (expected, found) = (whole.Upscale(small, 3), tiled.Upscale(small, 3));
        Assert.Equal([2, 3, 64, 64], found.shape);
        // A norm over a part of the frame differs from one over all of it; frames of another seed are further away by far.
        var (error, other) = ((found - expected).square().mean().item<float>(), (whole.Upscale(small, 4) - expected)
            .square()
            .mean()
            .item<float>());
        Assert.InRange(error, 1e-9, 0.2 * other);
        Assert.True(found.equal(tiled.Upscale(small, 3)).all().item<bool>());
    }

    [Fact]
    public void An_upscaler_of_detail_adds_it_to_the_small_frame_enlarged()
    {
        using var scope = NewDisposeScope();
        var small = rand(new long[] { 2, 3, 8, 8 }, generator: new Generator(1)) - 0.5;
        var enlarged = nn.functional.interpolate(small, size: [16, 16], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor Upscale(double? scale)
        {
            using var upscaler = model.LoadUpscaler(description => description with { DetailScale = scale });
            return new FrameUpscaler(upscaler, new UpscalingOptions { Sampler = "ddim", Steps = 2 }).Upscale(small, 3);
        }
        // What the network diffuses is the same, in [-1, 1]; only what is made of it differs.
        var (faint, none) = (Upscale(100), Upscale(null));
        Assert.InRange((faint - enlarged).abs().max().item<float>(), 1e-6, 0.0101);
        Assert.InRange((faint - (enlarged + none / 100)).abs().max().item<float>(), 0, 1e-5);
    }
}
