using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A convolution over samples, dilated, length kept: [B,L,C] → [B,L,out].</summary>
internal sealed class AudioConv : Module<Tensor, Tensor>
{
    private readonly long _dilation;

    [ComponentName(Name = "audio_conv")]
    private readonly Kernel _kernel;

    internal AudioConv(long inChannels, long outChannels, int size, Device device, int dilation = 1, bool zeroStart = false) : base(nameof(AudioConv))
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
        return ChannelsLast.Convolve(audio.unsqueeze(1), _kernel.Weight.unsqueeze(2), _kernel.Bias, _dilation, _kernel.Sums).squeeze(1).MoveToOuterDisposeScope();
    }
}
