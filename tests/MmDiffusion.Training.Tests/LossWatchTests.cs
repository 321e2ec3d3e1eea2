namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class LossWatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(49)]
    public void The_smoothed_loss_is_the_mean_at_first(int count)
    {
        var smoothed = new SmoothedLoss();
        Assert.Equal(double.NaN, smoothed.Value);
        for (var i = 0; i < count; i++) smoothed.Add(0.09);
        Assert.Equal(0.09, smoothed.Value, 1e-12);
    }

    [Fact]
    public void The_first_loss_weighs_no_more_than_the_others()
    {
        var smoothed = new SmoothedLoss();
        smoothed.Add(1);
        for (var i = 0; i < 9; i++) smoothed.Add(0.09);
        Assert.InRange(smoothed.Value, 0.09, (1 + 9 * 0.09) / 10);
    }

    [Theory]
    [InlineData(1, 0.05, 2000, 10_943)] // far away
    [InlineData(1, 0.05, 2000, 1)] // back to what an untrained network has
    [InlineData(1, 1, 5, 50)] // in its first steps
    public void A_loss_that_leaves_its_range_is_told_once(double first, double settled, int steps, double diverged)
    {
        var (watch, random) = (new LossWatch(), new Random(1));
        var step = 0L;
        for (var i = 0; i < steps; i++) Assert.Null(watch.Add(++step, Scatter(Math.Max(settled, first - i * 0.01))));
        List<string> told = [.. Enumerable.Range(0, 200).Select(_ => watch.Add(++step, Scatter(diverged))).OfType<string>()];
        Assert.Contains("the training diverges", Assert.Single(told), StringComparison.Ordinal);

        double Scatter(double loss) => loss * (0.3 + 1.4 * random.NextDouble());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_loss_that_scatters_as_batches_of_one_do_is_not(int seed)
    {
        var (watch, random) = (new LossWatch(), new Random(seed));
        // Of uniform timesteps, small ones have many times the loss of large ones.
        for (var step = 1; step <= 20_000; step++) Assert.Null(watch.Add(step, 0.01 + 0.6 * Math.Pow(random.NextDouble(), 8)));
    }

    [Fact]
    public void A_run_that_is_resumed_while_it_diverges_is_told_again()
    {
        var watch = new LossWatch();
        for (var step = 1; step <= 300; step++) watch.Recall(step, step < 200 ? 0.1 : 500);
        Assert.NotNull(watch.Add(301, 500));
        Assert.Null(watch.Add(302, 500));
    }
}
