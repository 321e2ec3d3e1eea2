using System.ComponentModel;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>The networks' activation.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Activation
{
    /// <summary>
    /// SiLU of a tensor that nothing else uses: in place where no gradient will ask for the input again, which saves a pass over memory.
    /// Returns the same object then.
    /// </summary>
    public static Tensor Silu(Tensor owned) => owned.requires_grad ? nn.functional.silu(owned) : nn.functional.silu(owned, inplace: true);
}

/// <summary>The sum at the end of a residual branch.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Residual
{
    /// <summary>
    /// branch + identity, in the branch's own memory where no gradient is kept: nothing is allocated. Returns the same object then.
    /// </summary>
    /// <param name="branch">Owned: nothing else uses it.</param>
    /// <param name="identity">Of the same shape; left as it is.</param>
    public static Tensor Add(Tensor branch, Tensor identity) => is_grad_enabled() ? branch.Plus(identity) : branch.AddInPlace(identity);
}
