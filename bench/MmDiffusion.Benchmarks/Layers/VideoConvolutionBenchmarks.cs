using BenchmarkDotNet.Attributes;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>The 2d+1d convolution of a video: 3×3 over each frame, then 3 over the frames of each pixel.</summary>
public class VideoConvolutionBenchmarks : LayerBenchmark
{
    private Tensor _first = null!;
    private Tensor _last = null!;
    private Tensor _spatial = null!;
    private Tensor _temporal = null!;
    private Tensor _bias = null!;
    private VideoConv2dPlus1d _layer = null!;

    /// <summary>Channels and extent of the first and the second level.</summary>
    [Params("128 64x64", "256 32x32")]
    public string Size { get; set; } = "";

    private protected override void Make(SeededRandom random)
    {
        var (channels, extent) = Size.StartsWith("128", StringComparison.Ordinal) ? (128, 64) : (256, 32);
        _first = Draw(random, 1, 16, channels, extent, extent);
        _last = _first.permute(0, 1, 3, 4, 2).contiguous();
        (_spatial, _temporal, _bias) = (Draw(random, channels, channels, 3, 3),
            Draw(random, channels, channels, 3),
            Draw(random, channels));
        _layer = Initialized(new VideoConv2dPlus1d(channels, channels, CPU), random);
    }

    private protected override void RunPublished()
    {
        var (f, c, h, w) = (_first.shape[1], _first.shape[2], _first.shape[3], _first.shape[4]);
        var frames = nn.functional.conv2d(_first.flatten(0, 1), _spatial, _bias, padding: [1, 1]);
        var pixels = frames.view(f, c, h * w).permute(2, 1, 0).contiguous(); // [F,C,H,W] → [H*W,C,F]
        _ = nn.functional.conv1d(pixels, _temporal, _bias, padding: 1).view(h, w, c, f).permute(3, 2, 0, 1).contiguous();
    }

    private protected override void RunOurs() => _layer.forward(_last);
}
