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
}
