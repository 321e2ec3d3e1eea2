using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A norm, with what stands behind it in a residual block.</summary>
internal interface INorm
{
    /// <summary>norm(x) of [N,…,C].</summary>
    Tensor forward(Tensor x);

    /// <summary>norm(x) of [B,F,P,C], each pixel's frames on their own; without gradients.</summary>
    Tensor AlongFrames(Tensor x);

    /// <summary>SiLU(norm(x)). Where x is owned, so that nothing else uses it, and no gradient is kept, it becomes the result.</summary>
    Tensor Activate(Tensor x, bool owned);

    /// <summary>
    /// SiLU(norm(x)·(1 + scale) + shift), with the timestep's scale and shift side by side, [N,2C], or [N,F,2C] by frame. Where no gradient is
    /// kept, x becomes the result.
    /// </summary>
    Tensor ModulateAndActivate(Tensor x, Tensor modulation);
}
