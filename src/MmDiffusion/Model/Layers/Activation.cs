using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The networks' activation.</summary>
internal static class Activation
{
    /// <summary>
    /// SiLU of a tensor that nothing else uses: in place where no gradient will ask for the input again, which saves a pass over memory.
    /// Returns the same object then.
    /// </summary>
    internal static Tensor Silu(Tensor owned) => owned.requires_grad ? nn.functional.silu(owned) : nn.functional.silu(owned, inplace: true);
}
