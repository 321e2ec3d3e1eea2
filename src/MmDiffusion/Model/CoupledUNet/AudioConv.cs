using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A convolution over samples, dilated, length kept: [B,C,L] → [B,out,L].</summary>
internal sealed class AudioConv : Module<Tensor, Tensor>
{
    private readonly long _dilation;
    private readonly long _padding;

    [ComponentName(Name = "audio_conv")]
    private readonly Kernel _kernel;

    internal AudioConv(long inChannels, long outChannels, int size, Device device, int dilation = 1, bool zeroStart = false) : base(nameof(AudioConv))
    {
        _dilation = dilation;
        _padding = size / 2 * dilation;
        _kernel = new Kernel([outChannels, inChannels, size], device, zeroStart);
        RegisterComponents();
    }

    /// <summary>Its weights, which a convolution of size 1 may apply to tokens instead.</summary>
    internal Kernel Kernel => _kernel;

    public override Tensor forward(Tensor audio) =>
        functional.conv1d(audio, _kernel.Weight, _kernel.Bias, padding: _padding, dilation: _dilation);
}
