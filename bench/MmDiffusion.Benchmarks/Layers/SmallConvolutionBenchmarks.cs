using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>A convolution of 3×3 over 16 frames of 8×8 with 64 channels, as deep in the small model.</summary>
public class SmallConvolutionBenchmarks : LayerBenchmark
{
    private Tensor _x = null!;
    private Tensor _published = null!;
    private Tensor _weight = null!;
    private Tensor _bias = null!;

    private protected override void Make(SeededRandom random)
    {
        _x = Draw(random, 16, 8, 8, 64);
        _published = _x.permute(0, 3, 1, 2).contiguous();
        (_weight, _bias) = (Draw(random, 64, 64, 3, 3), Draw(random, 64));
    }

    private protected override void RunPublished() => nn.functional.conv2d(_published, _weight, _bias, padding: [1, 1]);

    private protected override void RunOurs() => ChannelsLast.Convolve(_x, _weight, _bias);
}
