using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A 3×3 convolution over each frame, then a convolution of 3 over the frames of each pixel: [B,C,F,H,W] → [B,out,F,H,W].</summary>
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
        var spatial = _spatial.Weight.unsqueeze(2); // [out,in,3,3] → [out,in,1,3,3]
        var temporal = _temporal.Weight.unsqueeze(-1).unsqueeze(-1); // [out,out,3] → [out,out,3,1,1]
        var h = functional.conv3d(video, spatial, _spatial.Bias, padding: [0, 1, 1]);
        return functional.conv3d(h, temporal, _temporal.Bias, padding: [1, 0, 0]).MoveToOuterDisposeScope();
    }
}
