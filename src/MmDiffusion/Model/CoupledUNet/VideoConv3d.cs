using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A convolution over frames, rows and columns at once, sizes kept: [B,C,F,H,W] → [B,out,F,H,W].</summary>
internal sealed class VideoConv3d : Module<Tensor, Tensor>
{
    private readonly long _padding;

    [ComponentName(Name = "video_conv")]
    private readonly Kernel _kernel;

    internal VideoConv3d(long inChannels, long outChannels, int size, Device device, bool zeroStart = false) : base(nameof(VideoConv3d))
    {
        _padding = size / 2;
        _kernel = new Kernel([outChannels, inChannels, size, size, size], device, zeroStart);
        RegisterComponents();
    }

    /// <summary>Its weights, which a convolution of size 1 may apply to tokens instead.</summary>
    internal Kernel Kernel => _kernel;

    public override Tensor forward(Tensor video) => functional.conv3d(video, _kernel.Weight, _kernel.Bias, padding: [_padding, _padding, _padding]);
}
