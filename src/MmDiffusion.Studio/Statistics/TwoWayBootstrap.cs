namespace MmDiffusion.Studio.Statistics;

/// <summary>
/// Means whose error comes from the choice of raters as well as of clips. Raters are redrawn with all their ratings, then clips, then
/// what single raters gave to single clips; the first two variances both hold the noise of these, so the third is taken off once (the
/// variance of a mean over two crossed clusterings). Degrees of freedom after Satterthwaite.
/// </summary>
/// <param name="replicates">How often each is drawn, at least 2.</param>
/// <param name="random">Draws.</param>
internal sealed class TwoWayBootstrap(int replicates, Random random)
{
    /// <summary>The mean of ratings.</summary>
    /// <param name="ratings">At least one; those that one rater gave to one clip, as in several pairs, are drawn together.</param>
    internal Estimate Mean(IReadOnlyList<Rating> ratings)
    {
        var (raters, clips) = (Cluster.By(ratings, rating => rating.Rater), Cluster.By(ratings, rating => rating.Clip));
        return Combine(
            ratings.Average(rating => rating.Value),
            new Part(Variance(raters), raters.Length), [new Part(Variance(clips), clips.Length)], [Noise(ratings)]);
    }

    /// <summary>The mean of one system's ratings less that of another's. Raters who rated both weigh on both sides.</summary>
    /// <param name="ratings">At least one.</param>
    /// <param name="others">At least one, of other clips.</param>
    internal Estimate Difference(IReadOnlyList<Rating> ratings, IReadOnlyList<Rating> others)
    {
        var raters = Cluster.ByRater(ratings, others);
        var (clips, otherClips) = (Cluster.By(ratings, rating => rating.Clip), Cluster.By(others, rating => rating.Clip));
        return Combine(
            ratings.Average(rating => rating.Value) - others.Average(rating => rating.Value),
            new Part(Variance(raters), raters.Length),
            [new Part(Variance(clips), clips.Length), new Part(Variance(otherClips), otherClips.Length)],
            [Noise(ratings), Noise(others)]);
    }

    private static Estimate Combine(double value, Part raters, Part[] clips, Part[] noise)
    {
        var noiseVariance = noise.Sum(part => part.Variance);
        // By chance the sum can come out below what single ratings alone amount to, which is impossible.
        var variance = Math.Max(raters.Variance + clips.Sum(part => part.Variance) - noiseVariance, noiseVariance);
        var uncertainty = clips.Append(raters).Sum(part => part.Variance * part.Variance / Math.Max(1, part.Count - 1));
        var freedom = uncertainty > 0 ? Math.Max(1, variance * variance / uncertainty) : noise.Sum(part => part.Count);
        return new Estimate(value, Math.Sqrt(variance), freedom, Math.Min(raters.Count, clips.Min(part => part.Count)));
    }

    private Part Noise(IReadOnlyList<Rating> ratings)
    {
        var single = Cluster.By(ratings, rating => (rating.Rater, rating.Clip));
        return new Part(Variance(single), single.Length);
    }

    /// <summary>The variance of the mean (or difference) over draws of as many clusters with replacement.</summary>
    private double Variance(Cluster[] clusters)
    {
        if (clusters.Length < 2) return 0;
        var compares = clusters.Any(cluster => cluster.OtherCount > 0);
        var (count, mean, squares) = (0, 0.0, 0.0);
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            var value = Draw(clusters, compares);
            if (double.IsNaN(value)) continue; // nobody drawn had rated one of the systems
            var change = value - mean;
            mean += change / ++count;
            squares += change * (value - mean);
        }

        // A draw out of n clusters varies less than another n would, by (n - 1) / n.
        return count < 2 ? 0 : squares / (count - 1) * clusters.Length / (clusters.Length - 1);
    }

    private double Draw(Cluster[] clusters, bool compares)
    {
        var (sum, count, otherSum, otherCount) = (0.0, 0, 0.0, 0);
        for (var i = 0; i < clusters.Length; i++)
        {
            ref readonly var cluster = ref clusters[random.Next(clusters.Length)];
            sum += cluster.Sum;
            count += cluster.Count;
            otherSum += cluster.OtherSum;
            otherCount += cluster.OtherCount;
        }

        return compares ? sum / count - otherSum / otherCount : sum / count;
    }

    private readonly record struct Part(double Variance, int Count);
}

/// <summary>Ratings that are drawn together: sum and number of those of one system, and of another that it is compared with.</summary>
internal readonly record struct Cluster(double Sum, int Count, double OtherSum = 0, int OtherCount = 0)
{
    /// <summary>One cluster for each rater, clip, or both together.</summary>
    internal static Cluster[] By<TKey>(IEnumerable<Rating> ratings, Func<Rating, TKey> key) =>
        [.. ratings.GroupBy(key).Select(group => new Cluster(group.Sum(rating => rating.Value), group.Count()))];

    /// <summary>One cluster for each rater, who may have rated either system.</summary>
    internal static Cluster[] ByRater(IEnumerable<Rating> ratings, IEnumerable<Rating> others) =>
    [
        .. ratings.Select(rating => (Rating: rating, Other: false)).Concat(others.Select(rating => (Rating: rating, Other: true)))
            .GroupBy(entry => entry.Rating.Rater)
            .Select(group => new Cluster(
                group.Sum(entry => entry.Other ? 0 : entry.Rating.Value), group.Count(entry => !entry.Other),
                group.Sum(entry => entry.Other ? entry.Rating.Value : 0), group.Count(entry => entry.Other))),
    ];
}
