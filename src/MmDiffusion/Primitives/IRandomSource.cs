using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// Where all randomness comes from. Values are drawn on the CPU whatever the device, so that a seed means the same everywhere.
/// Not safe for use by several threads at once.
/// </summary>
public interface IRandomSource
{
    /// <summary>Draws independent standard normal values.</summary>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>A float32 tensor on the CPU.</returns>
    Tensor Normal(params ReadOnlySpan<long> shape);

    /// <summary>Draws independent values uniform in [0, 1).</summary>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>A float32 tensor on the CPU.</returns>
    Tensor Uniform(params ReadOnlySpan<long> shape);

    /// <summary>Draws independent integers uniform in 0 … <paramref name="upper"/> - 1.</summary>
    /// <param name="upper">The exclusive upper bound, at least 1.</param>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>An int64 tensor on the CPU.</returns>
    Tensor Integers(long upper, params ReadOnlySpan<long> shape);
}
