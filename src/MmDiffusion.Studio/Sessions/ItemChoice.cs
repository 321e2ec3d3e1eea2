namespace MmDiffusion.Studio.Sessions;

/// <summary>Chooses the next item of a rater, so that all items come to their number of ratings together whatever raters do.</summary>
internal static class ItemChoice
{
    /// <summary>
    /// One of the items that have the fewest ratings; among these, of the system that the rater saw least; among these, in the last round,
    /// one that most of the others at work cannot take any more; among these, any.
    /// </summary>
    /// <param name="items">All items of the study.</param>
    /// <param name="target">Items with as many ratings are done.</param>
    /// <param name="seen">Items that the rater had already.</param>
    /// <param name="random">Decides between equals.</param>
    /// <returns>Null where nothing is left for this rater.</returns>
    internal static ItemLoad? Next(IReadOnlyCollection<ItemLoad> items, int target, IReadOnlySet<string> seen, Random random)
    {
        var strata = items.Where(item => seen.Contains(item.Id)).CountBy(item => item.Stratum).ToDictionary();
        return items.Where(item => item.Count < target && !seen.Contains(item.Id))
            .OrderBy(item => item.Count).ThenBy(item => strata.GetValueOrDefault(item.Stratum)).ThenByDescending(item => item.SeenByWorking).ThenBy(_ => random.Next())
            .FirstOrDefault();
    }
}
