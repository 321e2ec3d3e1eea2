using System.ComponentModel;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels;

/// <summary>
/// Finds NaN and infinities. A model that diverged computes them, and every later step would hide them: limiting to [-1, 1] makes
/// infinities white, rounding to bytes makes NaN black, and both end as a clip that looks like a result.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FiniteValues
{
    /// <summary>Whether a tensor of any type has neither NaN nor infinities.</summary>
    public static bool AreIn(Tensor values)
    {
        using var scope = NewDisposeScope();
        if (!values.is_floating_point() || values.numel() == 0) return true;
        // Types of 8 bits have no test of their own.
        var comparable = values.element_size() >= 2 ? values : values.to_type(ScalarType.Float32);
        return comparable.isfinite().all().item<bool>();
    }

    /// <summary>Checks one of a checkpoint's tensors.</summary>
    /// <param name="values">The tensor.</param>
    /// <param name="name">Its name.</param>
    /// <param name="origin">The checkpoint's file.</param>
    /// <exception cref="MmDiffusionException">It has NaN or infinities.</exception>
    public static void RequireWeights(Tensor values, string name, string origin)
    {
        if (AreIn(values)) return;
        throw new MmDiffusionException(
            $"the weights in '{origin}' hold NaN or infinite values (in '{name}'), as after a training that diverged; "
            + "take an earlier checkpoint, or another file");
    }
}
