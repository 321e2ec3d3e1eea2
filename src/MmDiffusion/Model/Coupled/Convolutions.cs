using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Coupled;

/// <summary>
/// A 3×3 convolution over each frame, then a convolution of 3 over the frames of each pixel: [B,F,H,W,C] → [B,F,H,W,out].
/// </summary>
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
        // [B,F,H,W,C] → [B*F,H,W,out]
        var frames = ChannelsLast.Convolve(video.flatten(0, 1), _spatial.Weight, _spatial.Bias, sums: _spatial.Sums);
        var pixels = frames.view(b, f, h * w, -1); // [B*F,H,W,out] → [B,F,H*W,out]
        return ChannelsLast.Convolve(pixels, _temporal.Weight.unsqueeze(3), _temporal.Bias, sums: _temporal.Sums)
            .view(b, f, h, w, -1)
            .MoveToOuterDisposeScope();
    }
}

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

    /// <summary>
    /// Each frame is convolved once for what it gives to the frame after, to itself and to the frame before; then these are added.
    /// </summary>
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

/// <summary>A convolution over samples, dilated, length kept: [B,L,C] → [B,L,out].</summary>
internal sealed class AudioConv : Module<Tensor, Tensor>
{
    private readonly long _dilation;

    [ComponentName(Name = "audio_conv")]
    private readonly Kernel _kernel;

    internal AudioConv(long inChannels, long outChannels, int size, Device device, int dilation = 1, bool zeroStart = false)
        : base(nameof(AudioConv))
    {
        _dilation = dilation;
        _kernel = new Kernel([outChannels, inChannels, size], device, zeroStart);
        RegisterComponents();
    }

    /// <summary>Its weights, which a convolution of size 1 may apply to tokens instead.</summary>
    internal Kernel Kernel => _kernel;

    public override Tensor forward(Tensor audio)
    {
        if (_kernel.Weight.size(2) == 1) return _kernel.forward(audio);
        using var scope = NewDisposeScope();
        return ChannelsLast.Convolve(audio.unsqueeze(1), _kernel.Weight.unsqueeze(2), _kernel.Bias, _dilation, _kernel.Sums)
            .squeeze(1)
            .MoveToOuterDisposeScope();
    }
}

/// <summary>The first convolutions: 3 colours and 1 sound channel become M channels each.</summary>
internal sealed class Stem : Module, ICoupledLayer
{
    [ComponentName(Name = "video_conv")]
    private readonly VideoConv2dPlus1d _video;

    [ComponentName(Name = "audio_conv")]
    private readonly AudioConv _audio;

    internal Stem(long channels, Device device) : base(nameof(Stem))
    {
        _video = new VideoConv2dPlus1d(CoupledUNet.VideoChannels, channels, device);
        _audio = new AudioConv(CoupledUNet.AudioChannels, channels, 3, device);
        RegisterComponents();
    }

    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned) =>
        new(_video.forward(x.Video), _audio.forward(x.Audio));
}
