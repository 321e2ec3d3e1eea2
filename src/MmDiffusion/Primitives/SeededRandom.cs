using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// A random source of one seed: PyTorch's CPU generator (mt19937), so that its values are PyTorch's own for the same seed. Two seeds whose
/// lower 32 bits are the same give the same values.
/// </summary>
public sealed class SeededRandom : IRandomSource, IDisposable
{
    private readonly Generator _generator;

    /// <summary>Starts the sequence of a seed.</summary>
    /// <param name="seed">Any value.</param>
    public SeededRandom(ulong seed) => _generator = new Generator(seed, CPU);

    /// <inheritdoc/>
    public Tensor Normal(params ReadOnlySpan<long> shape) => randn(shape.ToArray(), dtype: ScalarType.Float32, generator: _generator);

    /// <inheritdoc/>
    public Tensor Uniform(params ReadOnlySpan<long> shape) => rand(shape.ToArray(), dtype: ScalarType.Float32, generator: _generator);

    /// <inheritdoc/>
    public Tensor Integers(long upper, params ReadOnlySpan<long> shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, 1);
        return randint(0, upper, shape.ToArray(), dtype: ScalarType.Int64, generator: _generator);
    }

    /// <summary>A copy of the generator's state, to continue from later with <see cref="Restore"/>.</summary>
    /// <returns>A uint8 tensor.</returns>
    public Tensor Save() => _generator.get_state();

    /// <summary>Goes on from a state that <see cref="Save"/> gave.</summary>
    public void Restore(Tensor state) => _generator.set_state(state);

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
