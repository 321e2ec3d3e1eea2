namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class RankPaceTests
{
    [Fact]
    public void A_rank_that_is_slow_twice_in_a_row_is_named_with_its_machine()
    {
        Assert.Equal(
            [null, $"rank 2 on {Environment.MachineName} takes 3.00 s for a part of a batch, the others 1.00 s; all wait for it"],
            Notices([1, 1.1, 3], [1, 0.9, 3]));
    }

    [Fact]
    public void It_is_named_once_until_it_keeps_up_again() => Assert.Equal(
        [null, "rank 0", null, null, "rank 0", null, null, "rank 1"],
        Notices([3, 1, 1], [3, 1, 1], [3, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 3, 1], [1, 3, 1]).Select(notice =>
            notice?[.."rank 0".Length]));

    [Fact]
    public void Chance_is_not_named() => Assert.Equal([null, null, null], Notices([1, 1, 3], [3, 1, 1], [1.4, 1, 1]));

    [Fact]
    public void One_rank_alone_is_not_slow() => Assert.Equal([null, null], Notices([5], [5]));

    private static string?[] Notices(params double[][] seconds) => ThreadRanks.Run(seconds[0].Length, ranks =>
    {
        var pace = new RankPace(ranks);
        return seconds.Select(step =>
        {
            pace.Add(step);
            return pace.TakeNotice();
        }).ToArray();
    })[0];
}
