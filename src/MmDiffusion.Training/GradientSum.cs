using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// Adds up the gradients of a batch in an order that follows from the batch alone: it has sections, each summed part by part, and the
/// sections are summed pair by pair, ((0 + 1) + (2 + 3)). Ranks that compute whole sections so add the same numbers in the same order as
/// one process that computes all of them, and its weights are theirs, bit for bit.
/// </summary>
/// <remarks>
/// The order matters more than its rounding: the optimiser divides by the gradient's size, so that a last bit of a tiny gradient moves a
/// weight by a whole learning rate.
/// </remarks>
/// <param name="gradient">Sum that the backward passes add to, float32, flat.</param>
/// <param name="parts">Parts of the whole batch.</param>
/// <param name="sections">The most sections that it may have.</param>
internal sealed class GradientSum(Tensor gradient, int parts, int sections) : IDisposable
{
    private readonly int _partsPerSection = parts / SectionsOf(parts, sections);
    private readonly List<(Tensor Sum, bool Used)> _levels = [];

    /// <summary>The largest power of two that divides the parts and is not above the most allowed.</summary>
    internal static int SectionsOf(int parts, int most)
    {
        var count = 1;
        while (2 * count <= most && parts % (2 * count) == 0) count *= 2;
        return count;
    }

    /// <summary>Starts a batch again.</summary>
    internal void Clear()
    {
        using var noGradient = no_grad();
        gradient.zero_();
        for (var i = 0; i < _levels.Count; i++) _levels[i] = (_levels[i].Sum, false);
    }

    /// <summary>Says that the gradient of a part has been added, and more are to come.</summary>
    /// <param name="part">Its number in the whole batch.</param>
    internal void Added(int part)
    {
        if ((part + 1) % _partsPerSection != 0) return;
        using var noGradient = no_grad();
        var level = 0;
        for (; level < _levels.Count && _levels[level].Used; level++)
        {
            gradient.AddInPlace(_levels[level].Sum);
            _levels[level] = (_levels[level].Sum, false);
        }
        if (level == _levels.Count) _levels.Add((zeros_like(gradient).DetachFromDisposeScope(), false));
        _levels[level].Sum.copy_(gradient);
        _levels[level] = (_levels[level].Sum, true);
        gradient.zero_();
    }

    /// <summary>Makes a range of the gradient this rank's sum, once the last part has been added to it.</summary>
    /// <param name="start">Its first value.</param>
    /// <param name="count">How many.</param>
    internal void Complete(long start, long count)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var range = gradient.narrow(0, start, count);
        foreach (var (sum, used) in _levels)
            if (used) range.AddInPlace(sum.narrow(0, start, count));
    }

    public void Dispose() => _levels.ForEach(level => level.Sum.Dispose());
}
