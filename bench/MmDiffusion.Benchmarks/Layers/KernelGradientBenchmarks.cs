using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>
/// The gradients of kernel and bias of a convolution of 3×3: 64 frames of 32×32 with 32 channels, as in the small model's training.
/// </summary>
public class KernelGradientBenchmarks : LayerBenchmark
{
    private static readonly long[] Kernel = [32, 32, 3, 3];

    private Tensor _gradient = null!;
    private Tensor _ours = null!;
    private Tensor _published = null!;
    private Tensor _publishedGradient = null!;
    private Tensor[] _parameters = null!;

    private protected override void Make(SeededRandom random)
    {
        var x = Draw(random, 64, 32, 32, 32);
        _gradient = Draw(random, 64, 32, 32, 32);
        _parameters = [Draw(random, Kernel).requires_grad_(), Draw(random, 32).requires_grad_()];
        _publishedGradient = _gradient.permute(0, 3, 1, 2).contiguous();
        using var differentiating = enable_grad();
        _ours = ChannelsLast.Convolve(x, _parameters[0], _parameters[1]);
        _published = nn.functional.conv2d(x.permute(0, 3, 1, 2).contiguous(), _parameters[0], _parameters[1], padding: [1, 1]);
    }

    private protected override void RunPublished() => autograd.grad([_published], _parameters, [_publishedGradient], retain_graph: true);

    private protected override void RunOurs() => autograd.grad([_ours], _parameters, [_gradient], retain_graph: true);
}
