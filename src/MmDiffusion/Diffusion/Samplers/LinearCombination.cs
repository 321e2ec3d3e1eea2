using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>Sums of states, the shape of every solver's update.</summary>
internal static class LinearCombination
{
    /// <summary>Σ factor · state.</summary>
    internal static AudioVideo Sum(params ReadOnlySpan<(double Factor, AudioVideo State)> terms)
    {
        var (first, state) = terms[0];
        var sum = state.Map(x => x.Times(first));
        foreach (var (factor, term) in terms[1..]) sum = sum.Zip(term, (total, x) => total.Plus(x, factor));
        return sum;
    }

    /// <summary>left − right.</summary>
    internal static AudioVideo Minus(this AudioVideo left, AudioVideo right) => left.Zip(right, (x, y) => x - y);
}
