using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>
/// Gives a distance its uncertainty: by bootstrap over the clips of both sets, and its finite-sample bias by extrapolation in 1/N
/// (Chong and Forsyth, 2020).
/// </summary>
internal sealed class DistanceEstimator
{
    /// <summary>Ways in which the clips are halved, to extrapolate.</summary>
    private const int Halvings = 4;

    /// <summary>Parts into which the clips are cut to show how the distance falls with their number.</summary>
    private static readonly int[] Divisors = [8, 6, 4, 3, 2];

    private readonly ISampleDistance _distance;
    private readonly int[] _real;
    private readonly int[] _generated;
    private readonly int _resamples;
    private readonly ulong _seed;

    /// <param name="distance">What is measured.</param>
    /// <param name="resamples">How often all clips are redrawn; at least 2.</param>
    /// <param name="seed">Draws them.</param>
    internal DistanceEstimator(ISampleDistance distance, int resamples, ulong seed)
    {
        (_distance, _resamples, _seed) = (distance, resamples, seed);
        (_real, _generated) = ([.. Enumerable.Range(0, distance.Real)], [.. Enumerable.Range(0, distance.Generated)]);
    }

    /// <summary>Measures.</summary>
    /// <param name="progress">Called after each resample.</param>
    /// <param name="cancellation">Ends the work.</param>
    internal DistanceEstimate Estimate(Action? progress = null, CancellationToken cancellation = default)
    {
        using var alone = OneThread.Begin();
        var (value, atInfinity) = Extrapolate(_real, _generated, new IndexSampler(Seeds.Derive(_seed, "halves")));
        var sampler = new IndexSampler(Seeds.Derive(_seed, "resamples"));
        var (values, limits) = (new double[_resamples], new double[_resamples]);
        for (var i = 0; i < _resamples; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            (values[i], limits[i]) = Extrapolate(sampler.Resample(_real.Length), sampler.Resample(_generated.Length), sampler);
            progress?.Invoke();
        }
        var interval = Bootstrap.Around(value, values);
        if (_distance.IsNeverNegative) interval = new Interval(Math.Max(0, interval.Lower), Math.Max(0, interval.Upper));
        return new DistanceEstimate(value, interval, atInfinity, Bootstrap.Around(atInfinity, limits), BySize(value));
    }

    /// <summary>The distance of N clips is about that of infinitely many and something times 1/N; twice as much at N/2.</summary>
    private (double Value, double AtInfinity) Extrapolate(int[] real, int[] generated, IndexSampler sampler)
    {
        var value = _distance.Between(real, generated);
        var halves = Enumerable.Range(0, Halvings).Select(_ => OfParts(real, generated, 2, sampler)).Average();
        return (value, 2 * value - halves);
    }

    private List<SizePoint> BySize(double value)
    {
        var sampler = new IndexSampler(Seeds.Derive(_seed, "sizes"));
        var smaller = Math.Min(_real.Length, _generated.Length);
        return
        [
            .. Divisors.Where(parts => smaller / parts >= 4).Select(parts =>
                new SizePoint(smaller / parts, OfParts(_real, _generated, parts, sampler))),
            new SizePoint(smaller, value),
        ];
    }

    /// <summary>The mean distance over disjoint parts of the clips.</summary>
    private double OfParts(int[] real, int[] generated, int parts, IndexSampler sampler)
    {
        var (x, y) = (sampler.Shuffled(real), sampler.Shuffled(generated));
        return Enumerable.Range(0, parts).Select(part => _distance.Between(Part(x, part, parts), Part(y, part, parts))).Average();
    }

    private static int[] Part(int[] shuffled, int part, int parts) =>
        shuffled[(part * shuffled.Length / parts)..((part + 1) * shuffled.Length / parts)];
}

/// <summary>A distance of two sets of clips, and how far it can be trusted.</summary>
/// <param name="Value">
/// Of all clips. It is larger than that of infinitely many, the more so the fewer there are, unless the estimate is without bias.
/// </param>
/// <param name="Interval">The 95% interval of what as many other clips would give.</param>
/// <param name="AtInfinity">What infinitely many clips would give, by a straight line in 1/N through N and N/2 clips.</param>
/// <param name="AtInfinityInterval">Its 95% interval; holds 0 where both sets may come from one source.</param>
/// <param name="BySize">The distance of fewer clips, ascending by their number; the last is <paramref name="Value"/>.</param>
public sealed record DistanceEstimate(
    double Value,
    Interval Interval,
    double AtInfinity,
    Interval AtInfinityInterval,
    IReadOnlyList<SizePoint> BySize)
{
    /// <summary>The same in another unit.</summary>
    internal DistanceEstimate Times(double scale) => new(
        Value * scale, Interval.Times(scale), AtInfinity * scale, AtInfinityInterval.Times(scale),
        [.. BySize.Select(point => point with { Value = point.Value * scale })]);
}

/// <summary>A distance at a number of clips.</summary>
/// <param name="Clips">Clips of each set; where their numbers differ, of the smaller one.</param>
/// <param name="Value">The mean distance of such parts of the sets.</param>
public sealed record SizePoint(int Clips, double Value);
