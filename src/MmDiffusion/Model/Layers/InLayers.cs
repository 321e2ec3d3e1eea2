using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>Norm, SiLU, resampling if any, convolution: the first half of a residual branch, and the end of both networks.</summary>
internal sealed class InLayers<TConvolution> : Module<Tensor, Tensor> where TConvolution : Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly Module _norm;

    [ComponentName(Name = "2")]
    private readonly TConvolution _convolution;

    internal InLayers(INorm norm, TConvolution convolution) : base(nameof(InLayers<>))
    {
        _norm = (Module)norm;
        _convolution = convolution;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => Forward(x, owned: false);

    /// <summary>The same, which overwrites x if it is owned and no gradient is kept.</summary>
    internal Tensor Forward(Tensor x, bool owned) => Forward(x, Resampling.None, owned);

    /// <summary>With the activation resampled before the convolution.</summary>
    internal Tensor Forward(Tensor x, Func<Tensor, Tensor> resample, bool owned)
    {
        using var scope = NewDisposeScope();
        return _convolution.forward(resample(((INorm)_norm).Activate(x, owned))).MoveToOuterDisposeScope();
    }
}
