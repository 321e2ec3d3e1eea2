using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

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
