using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A convolution over rows and columns, sizes kept: [N,C,H,W] → [N,out,H,W].</summary>
internal sealed class ImageConv : Kernel
{
    private readonly long _padding;

    internal ImageConv(long inChannels, long outChannels, int size, Device device, bool zeroStart = false)
        : base([outChannels, inChannels, size, size], device, zeroStart) => _padding = size / 2;

    public override Tensor forward(Tensor x) => functional.conv2d(x, Weight, Bias, padding: [_padding, _padding]);
}
