using MmDiffusion.Kernels.Operations;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

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

/// <summary>Norm scaled and shifted by the timestep, SiLU, dropout, convolution: the second half of a residual branch.</summary>
internal sealed class OutLayers<TConvolution> : Module where TConvolution : Module<Tensor, Tensor>
{
    private readonly Dropout _dropout;
    private readonly int _number;

    [ComponentName(Name = "0")]
    private readonly Module _norm;

    [ComponentName(Name = "3")]
    private readonly TConvolution _convolution;

    internal OutLayers(INorm norm, TConvolution convolution, Dropout dropout) : base(nameof(OutLayers<>))
    {
        _dropout = dropout;
        _number = dropout.Register();
        _norm = (Module)norm;
        _convolution = convolution;
        RegisterComponents();
    }

    /// <param name="h">The first half's result, [N,…,C]; overwritten where no gradient is kept.</param>
    /// <param name="modulation">Scale and shift of the norm, side by side, [N,2C], or [N,F,2C] by frame.</param>
    internal Tensor Forward(Tensor h, Tensor modulation)
    {
        using var scope = NewDisposeScope();
        h = ((INorm)_norm).ModulateAndActivate(h, modulation);
        if (training) h = _dropout.Apply(h, _number);
        return _convolution.forward(h).MoveToOuterDisposeScope();
    }
}
