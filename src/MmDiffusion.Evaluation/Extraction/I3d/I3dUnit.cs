using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>A convolution with batch norm and ReLU, or the last one, with a bias and nothing after it.</summary>
internal sealed class I3dUnit : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv3d")]
    private readonly Conv3d _convolution;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm? _norm;

    private readonly long[] _size;
    private readonly long[] _stride;

    internal I3dUnit(long inChannels, long outChannels, long size = 1, long stride = 1, bool last = false) : base(nameof(I3dUnit))
    {
        (_size, _stride) = ([size, size, size], [stride, stride, stride]);
        _convolution = Conv3d(inChannels, outChannels, size, stride: stride, bias: last);
        if (!last) _norm = new BatchNorm(outChannels);
        RegisterComponents();
    }

    /// <summary>[B,C,F,H,W] → [B,out,⌈F/stride⌉,⌈H/stride⌉,⌈W/stride⌉].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = _convolution.forward(SamePadding.Pad(x, _size, _stride));
        if (_norm is not null) h = _norm.forward(h).relu_();
        return h.MoveToOuterDisposeScope();
    }
}
