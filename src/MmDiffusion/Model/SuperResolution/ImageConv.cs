using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A convolution over rows and columns, sizes kept: [N,H,W,C] → [N,H,W,out].</summary>
internal sealed class ImageConv : Kernel
{
    internal ImageConv(long inChannels, long outChannels, int size, Device device, bool zeroStart = false)
        : base([outChannels, inChannels, size, size], device, zeroStart)
    {
    }

    public override Tensor forward(Tensor x) =>
        Weight.size(2) == 1 ? ChannelsLast.Mix(x, Weight, Bias, Sums) : ChannelsLast.Convolve(x, Weight, Bias, sums: Sums);
}
