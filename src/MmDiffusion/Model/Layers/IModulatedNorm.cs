using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A norm whose result the timestep scales and shifts.</summary>
internal interface IModulatedNorm
{
    /// <summary>norm(x) of [N,C,…].</summary>
    Tensor forward(Tensor x);

    /// <summary>norm(x)·(1 + scale) + shift, with scale and shift [N,C].</summary>
    Tensor Modulate(Tensor x, Tensor scale, Tensor shift);
}
