using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation;

/// <summary>Intervals by drawing samples of a sample anew, with replacement (Efron, 1979; percentile method).</summary>
internal static class Bootstrap
{
    /// <summary>The 95% interval of the mean.</summary>
    internal static Interval OfMean(IReadOnlyList<double> values, int resamples, ulong seed)
    {
        var drawn = 0UL;
        var means = new double[resamples];
        for (var resample = 0; resample < resamples; resample++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++) sum += values[(int)Math.BigMul(Seeds.Derive(seed, drawn++), (ulong)values.Count, out _)];
            means[resample] = sum / values.Count;
        }
        Array.Sort(means);
        return new Interval(Quantile(means, 0.025), Quantile(means, 0.975));
    }

    /// <summary>A quantile of ascending values, between neighbours in a straight line.</summary>
    internal static double Quantile(IReadOnlyList<double> ascending, double share)
    {
        var place = share * (ascending.Count - 1);
        var below = (int)place;
        return below + 1 < ascending.Count ? ascending[below] + (place - below) * (ascending[below + 1] - ascending[below]) : ascending[below];
    }
}
