using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model.Layers;

/// <summary>
/// The dropout of a network, one for all its layers. A mask depends on the sample's seed and the layer alone: not on what else is in the
/// batch, and it is the same when activations are computed again for the backward pass.
/// </summary>
/// <param name="rate">Probability of dropping an activation, in [0, 1).</param>
internal sealed class Dropout(double rate)
{
    private int _layers;

    /// <summary>One seed for each sample of the batches to come.</summary>
    internal IReadOnlyList<ulong>? Seeds { get; set; }

    /// <summary>How masks are made of the seeds.</summary>
    internal RandomGenerator Generator { get; set; }

    /// <summary>Gives a layer its number.</summary>
    internal int Register() => _layers++;

    /// <summary>Drops activations [B,…] and scales the others up.</summary>
    /// <exception cref="InvalidOperationException">The samples' seeds were not set.</exception>
    internal Tensor Apply(Tensor h, int layer)
    {
        if (rate == 0) return h;
        if (Seeds?.Count != h.size(0))
            throw new InvalidOperationException(
                $"training with dropout {rate} needs one of {nameof(NetworkTraining.DropoutSeeds)} for each of "
                + $"{h.size(0)} samples, found {Seeds?.Count ?? 0}");
        using var scope = NewDisposeScope();
        using var random = new BatchRandom(Seeds.Select(seed => Primitives.Seeds.Derive(seed, $"dropout {layer}")), Generator);
        var kept = random.Uniform(h.shape).AtLeast(rate).to(h.dtype, h.device).DivideInPlace(1 - rate);
        return (h * kept).MoveToOuterDisposeScope();
    }
}
