using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation;

/// <summary>Intervals by resampling, with replacement (Efron, 1979).</summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;

    /// <summary>The 95% interval of the mean, by percentiles.</summary>
    internal static Interval OfMean(IReadOnlyList<double> values, int resamples, ulong seed)
    {
        var sampler = new IndexSampler(seed);
        var means = new double[resamples];
        for (var resample = 0; resample < resamples; resample++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++) sum += values[sampler.Next(values.Count)];
            means[resample] = sum / values.Count;
        }
        Array.Sort(means);
        return new Interval(Quantile(means, Tail), Quantile(means, 1 - Tail));
    }

    /// <summary>The 95% interval of the ratio of two means over the same draws, by percentiles.</summary>
    internal static Interval OfRatio(IReadOnlyList<double> above, IReadOnlyList<double> below, int resamples, ulong seed)
    {
        var sampler = new IndexSampler(seed);
        var ratios = new double[resamples];
        for (var resample = 0; resample < resamples; resample++)
        {
            var (sumAbove, sumBelow) = (0.0, 0.0);
            for (var i = 0; i < above.Count; i++)
            {
                var drawn = sampler.Next(above.Count);
                sumAbove += above[drawn];
                sumBelow += below[drawn];
            }
            ratios[resample] = sumAbove / sumBelow;
        }
        Array.Sort(ratios);
        return new Interval(Quantile(ratios, Tail), Quantile(ratios, 1 - Tail));
    }

    /// <summary>
    /// The 95% interval around an estimate whose resamples are biased, as those of a distance are, which drawing clips twice enlarges: the
    /// resamples tell how far it strays, not where it is.
    /// </summary>
    /// <param name="value">The estimate.</param>
    /// <param name="resamples">The estimates of resamples, in any order.</param>
    internal static Interval Around(double value, IEnumerable<double> resamples)
    {
        var sorted = resamples.Order().ToArray();
        var mean = sorted.Average();
        return new Interval(value + mean - Quantile(sorted, 1 - Tail), value + mean - Quantile(sorted, Tail));
    }

    /// <summary>A quantile of ascending values, between neighbours in a straight line.</summary>
    internal static double Quantile(IReadOnlyList<double> ascending, double share)
    {
        var place = share * (ascending.Count - 1);
        var below = (int)place;
        return below + 1 < ascending.Count
            ? ascending[below] + (place - below) * (ascending[below + 1] - ascending[below])
            : ascending[below];
    }
}

/// <summary>Where a measured value may lie.</summary>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end.</param>
public sealed record Interval(double Lower, double Upper)
{
    /// <summary>Whether a value may be the true one.</summary>
    public bool Contains(double value) => value >= Lower && value <= Upper;

    /// <summary>The same in another unit.</summary>
    internal Interval Times(double scale) => new(Lower * scale, Upper * scale);
}

/// <summary>Draws numbers of clips, the same for the same seed.</summary>
internal sealed class IndexSampler(ulong seed)
{
    private ulong _drawn;

    /// <summary>Uniform in 0 … <paramref name="count"/> - 1.</summary>
    internal int Next(int count) => (int)Math.BigMul(Seeds.Derive(seed, _drawn++), (ulong)count, out _);

    /// <summary>As many as there are, with replacement.</summary>
    internal int[] Resample(int count) => [.. Enumerable.Range(0, count).Select(_ => Next(count))];

    /// <summary>The same numbers in another order.</summary>
    internal int[] Shuffled(IEnumerable<int> numbers)
    {
        var result = numbers.ToArray();
        for (var i = result.Length - 1; i > 0; i--)
        {
            var other = Next(i + 1);
            (result[i], result[other]) = (result[other], result[i]);
        }
        return result;
    }
}
