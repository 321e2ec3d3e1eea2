using MmDiffusion.Cli.Progress;

namespace MmDiffusion.Cli.Tests.Progress;

[Trait("group", "unit")]
public sealed class WorkEstimateTests
{
    [Theory]
    [InlineData(0, 25, 3, "0/25 steps")]
    [InlineData(10, 25, 20, "10/25 steps, 2.0 s/step, 30 s left")]
    [InlineData(20, 25, 4, "20/25 steps, 5.0 steps/s, 1 s left")]
    [InlineData(1, 100, 20, "1/100 steps, 20.0 s/step, 33 min 0 s left")]
    [InlineData(1, 1000, 60, "1/1000 steps, 60.0 s/step, 16 h 39 min left")]
    [InlineData(25, 25, 50, "25/25 steps, 2.0 s/step, 50 s in all")]
    public void Rate_and_remaining_time_read_as_a_line(int done, int total, int seconds, string expected) =>
        Assert.Equal(expected, new WorkEstimate("step", done, total, TimeSpan.FromSeconds(seconds)).ToString());

    [Fact]
    public void The_first_report_which_everything_that_happens_once_comes_with_does_not_set_the_pace()
    {
        var first = new WorkEstimate("step", 0, 100, TimeSpan.Zero).Next(1, null, TimeSpan.FromSeconds(12));
        Assert.Equal("1/100 steps", first.ToString());
        var second = first.Next(2, null, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(98 * 2), second.Remaining);
        var last = second.Next(100, null, TimeSpan.FromSeconds(196));
        Assert.Equal("100/100 steps, 2.0 s/step, 3 min 30 s in all", last.ToString());
    }

    [Fact]
    public void A_resumed_run_has_its_own_pace()
    {
        var first = new WorkEstimate("step", 40, 100, TimeSpan.Zero, 40).Next(41, null, TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(58), first.Next(42, null, TimeSpan.FromSeconds(1)).Remaining);
    }

    [Fact]
    public void A_work_of_one_says_how_long_it_took() =>
        Assert.Equal(
            "1/1 clips, 3 s in all",
            new WorkEstimate("clip", 0, 1, TimeSpan.Zero).Next(1, null, TimeSpan.FromSeconds(3)).ToString());
}
