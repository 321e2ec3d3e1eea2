using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A 3×3 convolution over each frame, then a convolution of 3 over the frames of each pixel: [B,F,H,W,C] → [B,F,H,W,out].</summary>
internal sealed class VideoConv2dPlus1d : Module<Tensor, Tensor>
{
    [ComponentName(Name = "video_conv_spatial")]
    private readonly Kernel _spatial;

    [ComponentName(Name = "video_conv_temporal")]
    private readonly Kernel _temporal;

    internal VideoConv2dPlus1d(long inChannels, long outChannels, Device device) : base(nameof(VideoConv2dPlus1d))
    {
        _spatial = new Kernel([outChannels, inChannels, 3, 3], device);
        _temporal = new Kernel([outChannels, outChannels, 3], device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor video)
    {
        using var scope = NewDisposeScope();
        var (b, f, h, w) = (video.size(0), video.size(1), video.size(2), video.size(3));
        var frames = ChannelsLast.Convolve(video.flatten(0, 1), _spatial.Weight, _spatial.Bias, sums: _spatial.Sums); // [B,F,H,W,C] → [B*F,H,W,out]
        var pixels = frames.view(b, f, h * w, -1); // [B*F,H,W,out] → [B,F,H*W,out]
        return ChannelsLast.Convolve(pixels, _temporal.Weight.unsqueeze(3), _temporal.Bias, sums: _temporal.Sums).view(b, f, h, w, -1).MoveToOuterDisposeScope();
    }
}
