using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Where a layer adds the gradients of its parameters on the way back, in float32, instead of handing them to libtorch's graph: in bfloat16 they
/// would be rounded, kept, and then read once more to be summed.
/// </summary>
/// <param name="Weight">float32, shaped as the weight.</param>
/// <param name="Bias">float32, shaped as the bias.</param>
internal sealed record GradientSums(Tensor Weight, Tensor Bias)
{
    /// <summary>The sums where a layer can use them: libtorch comes back to a layer only for gradients that it takes itself.</summary>
    /// <param name="sums">Where the layer's gradients would be added.</param>
    /// <param name="x">The layer's input.</param>
    internal static GradientSums? For(GradientSums? sums, Tensor x) => x.requires_grad ? sums : null;
}
