using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>What comes when for one rater.</summary>
internal static class SessionOrder
{
    /// <summary>Roles in the rater's order: checks anywhere but first, duplicates in the second half and after what they repeat.</summary>
    internal static IReadOnlyList<Role> Of(StudyPlan plan, long seed)
    {
        var random = new Random(unchecked((int)seed));
        var order = Enumerable.Repeat(Role.Scored, plan.ClipsPerRater).ToList();
        for (var i = 0; i < plan.Duplicates; i++)
        {
            // Of one clip the second half is empty: its duplicate comes right after it.
            var half = Math.Min((order.Count + 1) / 2, order.Count - 1);
            order.Insert(random.Next(half, order.Count) + 1, Role.Duplicate);
        }

        for (var i = 0; i < plan.AttentionChecks; i++) order.Insert(random.Next(order.Count) + 1, Role.Attention);
        return order;
    }
}
