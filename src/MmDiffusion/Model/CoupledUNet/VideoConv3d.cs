using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A convolution over frames, rows and columns at once, sizes kept: [B,F,H,W,C] → [B,F,H,W,out].</summary>
internal sealed class VideoConv3d : Module<Tensor, Tensor>
{
    private readonly int _size;

    [ComponentName(Name = "video_conv")]
    private readonly Kernel _kernel;

    /// <param name="inChannels">Channels taken.</param>
    /// <param name="outChannels">Channels given.</param>
    /// <param name="size">1 or 3.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="zeroStart">Whether training starts with zeros.</param>
    internal VideoConv3d(long inChannels, long outChannels, int size, Device device, bool zeroStart = false) : base(nameof(VideoConv3d))
    {
        _size = size;
        _kernel = new Kernel([outChannels, inChannels, size, size, size], device, zeroStart);
        RegisterComponents();
    }

    /// <summary>Its weights, which a convolution of size 1 may apply to tokens instead.</summary>
    internal Kernel Kernel => _kernel;

    public override Tensor forward(Tensor video) => _size == 1 ? _kernel.forward(video) : ConvolveFrames(video);

    /// <summary>Each frame is convolved once for what it gives to the frame after, to itself and to the frame before; then these are added.</summary>
    private Tensor ConvolveFrames(Tensor video)
    {
        using var scope = NewDisposeScope();
        var (b, f, h, w) = (video.size(0), video.size(1), video.size(2), video.size(3));
        var weight = _kernel.Weight.permute(2, 0, 1, 3, 4).flatten(0, 1); // [out,C,3,3,3] → [3*out,C,3,3]
        var given = ChannelsLast.Convolve(video.flatten(0, 1), weight, bias: null).view(b, f, h, w, _size, -1);
        var padded = functional.pad(given, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]); // A frame of zeros before and after.
        var sum = padded.select(4, 0).narrow(1, 0, f).Plus(padded.select(4, 1).narrow(1, 1, f)).Plus(padded.select(4, 2).narrow(1, 2, f));
        return sum.Plus(_kernel.Bias).MoveToOuterDisposeScope();
    }
}
