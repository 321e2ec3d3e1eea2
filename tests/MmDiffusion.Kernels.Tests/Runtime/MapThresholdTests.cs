using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed class MapThresholdTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_that_reserve_at_once_leave_what_was_preferred(bool firstEndsFirst)
    {
        var now = 0;
        var threshold = new MapThreshold(bytes => now = bytes);
        threshold.Prefer(500);
        IDisposable first = threshold.Reserve(), second = threshold.Reserve();
        Assert.Equal(MapThreshold.Reserved, now);
        (firstEndsFirst ? first : second).Dispose();
        Assert.Equal(MapThreshold.Reserved, now); // the other still reserves
        (firstEndsFirst ? first : second).Dispose(); // twice is once
        Assert.Equal(MapThreshold.Reserved, now);
        (firstEndsFirst ? second : first).Dispose();
        Assert.Equal(500, now);
    }

    [Fact]
    public void What_is_preferred_while_someone_reserves_applies_afterwards()
    {
        var now = 0;
        var threshold = new MapThreshold(bytes => now = bytes);
        using (threshold.Reserve())
        {
            threshold.Prefer(700);
            Assert.Equal(MapThreshold.Reserved, now);
        }
        Assert.Equal(700, now);
        threshold.Prefer(900);
        Assert.Equal(900, now);
    }

    [Fact]
    public void Many_models_loaded_at_once_leave_the_last_preference()
    {
        var now = 0;
        var threshold = new MapThreshold(bytes => now = bytes);
        Parallel.For(0, 200, i =>
        {
            using var reserved = threshold.Reserve();
            threshold.Prefer(1000 + i % 2);
            Thread.Yield();
            using var again = threshold.Reserve();
        });
        Assert.InRange(now, 1000, 1001);
    }
}
