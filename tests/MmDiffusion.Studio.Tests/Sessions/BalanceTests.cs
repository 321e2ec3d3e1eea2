using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Tests.Sessions;

[Trait("group", "unit")]
public sealed class BalanceTests
{
    [Fact]
    public void Counts_of_items_never_differ_by_more_than_one_while_everybody_can_still_choose()
    {
        var random = new Random(1);
        var counts = Enumerable.Range(0, 30).ToDictionary(index => $"{index}", _ => 0);
        for (var rater = 0; rater < 50; rater++)
        {
            var seen = new HashSet<string>();
            for (var i = 0; i < 6; i++)
            {
                var chosen = ItemChoice.Next(
                    [.. counts.Select(pair =>
                        new ItemLoad(
                            pair.Key,
                            int.Parse(pair.Key, System.Globalization.CultureInfo.InvariantCulture) % 3 == 0 ? "a" : "b",
                            pair.Value))],
                    10,
                    seen,
                    random)!;
                counts[chosen.Id]++;
                Assert.True(seen.Add(chosen.Id));
            }

            Assert.InRange(counts.Values.Max() - counts.Values.Min(), 0, 1);
        }

        Assert.All(counts.Values, count => Assert.Equal(10, count));
    }

    /// <summary>As tight as can be: raters × clips each = clips × ratings each, all raters at work at once, in any order.</summary>
    [Theory]
    [InlineData(12, 6, 10)]
    [InlineData(40, 20, 10)]
    [InlineData(100, 20, 10)]
    public void Raters_who_work_at_once_seldom_run_out_of_clips_before_all_have_their_ratings(int clips, int perRater, int ratings)
    {
        const int Studies = 100;
        var missing = Enumerable.Range(0, Studies).Sum(study => Missing(clips, perRater, ratings, new Random(study)));
        // Where raters chose without regard to the others, 0.4 to 1.2 ratings were missing in each study.
        Assert.InRange(missing / (double)Studies, 0, 0.2);
    }

    [Fact]
    public void Among_equals_the_system_that_was_seen_least_comes_next()
    {
        ItemLoad[] items = [new("1", "a", 2), new("2", "a", 2), new("3", "b", 2)];
        for (var seed = 0; seed < 20; seed++)
            Assert.Equal("3", ItemChoice.Next(items, 5, new HashSet<string> { "1" }, new Random(seed))!.Id);
    }

    [Fact]
    public void What_is_done_or_was_seen_is_not_given() =>
        Assert.Null(ItemChoice.Next([new("1", "a", 5), new("2", "a", 0)], 5, new HashSet<string> { "2" }, new Random(1)));

    [Fact]
    public void Every_order_has_its_checks_and_duplicates_where_they_make_sense()
    {
        var plan = new StudyPlan { ClipsPerRater = 10, AttentionChecks = 3, Duplicates = 2 };
        var orders = Enumerable.Range(0, 200).Select(seed => SessionOrder.Of(plan, seed)).ToList();
        Assert.All(orders, order =>
        {
            Assert.Equal(15, order.Count);
            Assert.Equal(
                (10, 3, 2),
                (order.Count(role => role == Role.Scored), order.Count(role => role == Role.Attention), order.Count(role =>
                    role == Role.Duplicate)));
            Assert.Equal(Role.Scored, order[0]);
            Assert.DoesNotContain(Role.Duplicate, order.Take(5));
        });
        Assert.True(orders.Select(order => string.Join(' ', order)).Distinct().Count() > 100);
    }

    /// <summary>Ratings that are missing when everybody is through.</summary>
    private static int Missing(int clips, int perRater, int ratings, Random random)
    {
        ItemLoad[] items = [.. Enumerable.Range(0, clips).Select(index => new ItemLoad($"{index}", index % 2 == 0 ? "a" : "b", 0))];
        var working = Enumerable.Range(0, clips * ratings / perRater).Select(_ => new HashSet<string>()).ToList();
        while (working.Count > 0)
        {
            if (items.All(item => item.Count >= ratings - 1))
                foreach (var item in items) item.SeenByWorking = working.Count(seen => seen.Contains(item.Id));
            var rater = working[random.Next(working.Count)];
            var chosen = ItemChoice.Next(items, ratings, rater, random);
            if (chosen is not null)
            {
                chosen.Count++;
                rater.Add(chosen.Id);
            }

            if (chosen is null || rater.Count == perRater) working.Remove(rater);
        }

        Assert.All(items, item => Assert.InRange(item.Count, ratings - 1, ratings));
        return items.Sum(item => ratings - item.Count);
    }
}
