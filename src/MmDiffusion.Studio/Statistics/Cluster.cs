namespace MmDiffusion.Studio.Statistics;

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
