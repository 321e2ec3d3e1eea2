using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Tests.Statistics;

/// <summary>A thousand simulated studies for each design; the seeds are fixed.</summary>
public sealed class TwoWayBootstrapTests
{
    private const int Studies = 1000;

    public static TheoryData<string, int, int, int, double, double, double> Designs => new()
    {
        { "everything varies", 30, 30, 15, 0.5, 0.5, 0.7 },
        { "raters differ most", 24, 40, 10, 0.8, 0.2, 0.5 },
        { "clips differ most", 40, 24, 8, 0.2, 0.8, 0.5 },
        { "nothing but noise", 30, 30, 10, 0, 0, 0.9 },
        { "everybody rates everything", 20, 20, 20, 0.5, 0.5, 0.5 },
        { "few of everything", 12, 12, 6, 0.5, 0.5, 0.7 },
        { "many raters, a few clips each", 150, 50, 2, 0.6, 0.4, 0.8 },
    };

    [Trait("group", "unit")]
    [Theory]
    [MemberData(nameof(Designs))]
    public void Intervals_of_means_hold_the_truth_in_93_to_97_percent_of_studies(
        string name,
        int raters,
        int clips,
        int perRater,
        double raterSpread,
        double clipSpread,
        double noise)
    {
        var design = new SimulatedStudy(raters, clips, perRater, raterSpread, clipSpread, noise);
        var truth = design.Truth(3.3);
        var held = Count(name, random =>
            new TwoWayBootstrap(300, random).Mean(design.Run(random, 3.3)[0]).Within(1, 5)! is var interval
                && interval.Lower <= truth
                && truth <= interval.Upper);
        Assert.InRange(held / (double)Studies, 0.93, 0.97);
    }

    [Trait("group", "slow")]
    [Theory]
    [MemberData(nameof(Designs))]
    public void Systems_that_are_alike_seldom_differ_significantly(
        string name,
        int raters,
        int clips,
        int perRater,
        double raterSpread,
        double clipSpread,
        double noise)
    {
        var design = new SimulatedStudy(raters, clips, perRater, raterSpread, clipSpread, noise) { TasteSpread = 0.2 };
        var misled = Count(name, random =>
            design.Run(random, 3.3, 3.3) is var systems
                && new TwoWayBootstrap(300, random).Difference(systems[0], systems[1]).ProbabilityAgainst(0) < 0.05);
        Assert.InRange(misled / (double)Studies, 0.02, 0.08);
    }

    [Trait("group", "unit")]
    [Fact]
    public void Intervals_of_shares_hold_the_truth_in_93_to_97_percent_of_studies()
    {
        var design = new SimulatedStudy(40, 40, 15, 0.6, 0.6, 0.9) { Rounds = false };
        // Passing is to come out above 0: with as many above as below, half pass.
        var held = Count("share", random =>
        {
            var votes = design.Run(random, 0)[0].Select(rating => rating with { Value = rating.Value > 0 ? 1 : 0 }).ToList();
            return new TwoWayBootstrap(300, random).Mean(votes).OfShare()! is var interval
                && interval.Lower <= 0.5
                && 0.5 <= interval.Upper;
        });
        Assert.InRange(held / (double)Studies, 0.93, 0.97);
    }

    [Trait("group", "unit")]
    [Fact]
    public void A_difference_that_is_there_is_found()
    {
        var random = new Random(3);
        var systems = new SimulatedStudy(30, 30, 10, 0.5, 0.4, 0.7).Run(random, 3.8, 2.6);
        var difference = new TwoWayBootstrap(500, random).Difference(systems[0], systems[1]);
        Assert.InRange(difference.Value, 0.8, 1.6);
        Assert.InRange(difference.ProbabilityAgainst(0)!.Value, 0, 1e-4);
    }

    [Trait("group", "unit")]
    [Fact]
    public void Nothing_follows_from_a_single_rater()
    {
        var estimate = new TwoWayBootstrap(100, new Random(1)).Mean([new Rating("a", "x", 3), new Rating("a", "y", 5)]);
        Assert.Equal((4, null, null), (estimate.Value, estimate.Within(1, 5), estimate.ProbabilityAgainst(3)));
    }

    [Trait("group", "unit")]
    [Fact]
    public void A_share_of_all_or_none_still_has_an_interval()
    {
        var votes = from rater in Enumerable.Range(0, 10) from clip in Enumerable.Range(0, 10) select new Rating($"{rater}", $"{clip}", 1);
        var interval = new TwoWayBootstrap(100, new Random(1)).Mean([.. votes]).OfShare()!;
        Assert.InRange(interval.Lower, 0.5, 0.9);
        Assert.Equal(1, interval.Upper, 6);
    }

    private static int Count(string name, Func<Random, bool> holds)
    {
        var seed = name.Sum(character => character);
        return ParallelEnumerable.Range(0, Studies).Count(study => holds(new Random(seed * 10_000 + study)));
    }
}
