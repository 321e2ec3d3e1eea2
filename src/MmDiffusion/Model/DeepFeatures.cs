using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// The deep features of a U-Net, kept between the calls of one sampling run (DeepCache, Ma et al., 2024): they change slowly from call to
/// call, so that the calls between two that compute everything take them as they are and compute the upper levels alone. A call that is
/// differentiated computes everything, and the one after it too, since what gradients flow through must not be cut short.
/// </summary>
/// <remarks>They belong to one run of one batch, on one thread.</remarks>
public sealed class DeepFeatures : IDisposable
{
    private readonly int _interval;
    private AudioVideo? _features;
    private int _age;

    /// <summary>Starts with none.</summary>
    /// <param name="interval">Every how many calls all is computed, at least 1, which keeps nothing.</param>
    /// <param name="levels">Levels of the U-Net, from the top, that every call computes, at least 1; 1 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public DeepFeatures(int interval, int levels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 1);
        _interval = interval;
        Levels = levels;
    }

    /// <summary>Levels of the U-Net, from the top, that every call computes.</summary>
    public int Levels { get; }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    /// <summary>
    /// Of a U-Net's stages on either side, how many every call computes: the first convolution, blocks and what changes resolution between
    /// them.
    /// </summary>
    /// <param name="blocksPerLevel">Blocks of an encoder level.</param>
    /// <param name="stages">All stages of a side.</param>
    internal int UpperStages(int blocksPerLevel, int stages) => Math.Min(Levels * (blocksPerLevel + 1), stages);

    /// <summary>
    /// The features that reach the upper levels of the decoder, for this call to dispose; null where it must compute them.
    /// </summary>
    /// <param name="batch">Samples of this call.</param>
    internal AudioVideo? Recall(long batch)
    {
        if (_features is null || _age + 1 >= _interval || is_grad_enabled())
        {
            Forget();
            return null;
        }
        if (_features.BatchSize != batch)
            throw new ArgumentException(
                $"the features that were kept are of {_features.BatchSize} samples, but the call is for "
                + $"{batch}; they belong to one run of one batch",
                nameof(batch));
        _age++;
        return _features.Map(part => part.alias());
    }

    /// <summary>Keeps what a call computed, which stays the call's too.</summary>
    internal void Keep(AudioVideo features)
    {
        if (_interval == 1 || is_grad_enabled()) return;
        Forget();
        (_features, _age) = (features.Map(part => part.alias()).DetachFromScope(), 0);
    }

    private void Forget()
    {
        _features?.Dispose();
        _features = null;
    }
}
