using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The sum at the end of a residual branch.</summary>
internal static class Residual
{
    /// <summary>
    /// branch + identity, in the branch's own memory where no gradient is kept: nothing is allocated. Returns the same object then.
    /// </summary>
    /// <param name="branch">Owned: nothing else uses it.</param>
    /// <param name="identity">Of the same shape; left as it is.</param>
    internal static Tensor Add(Tensor branch, Tensor identity) => is_grad_enabled() ? branch.Plus(identity) : branch.AddInPlace(identity);
}
