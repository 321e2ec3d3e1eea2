using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;

namespace MmDiffusion.Tests.Diffusion.Schedules;

[Trait("group", "unit")]
public sealed class NoiseScheduleTests
{
    public static TheoryData<ScheduleKind, int, string> Schedules => new()
    {
        { ScheduleKind.Linear, 1000, "1000" }, { ScheduleKind.Linear, 21, "21" }, { ScheduleKind.Linear, 4000, "ddim50" },
        { ScheduleKind.Cosine, 1000, "1000" }, { ScheduleKind.Cosine, 50, "3,4,5" }, { ScheduleKind.Linear, 1000, "1" },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Signal_falls_and_the_posterior_agrees_with_the_forward_process(ScheduleKind kind, int steps, string respacing)
    {
        var schedule = new DiffusionConfiguration { Schedule = kind, Steps = steps }.CreateSchedule().Respace(respacing);
        for (var t = 0; t < schedule.Steps; t++)
        {
            Assert.InRange(schedule.Betas[t], double.Epsilon, 1);
            Assert.True(schedule.AlphaBar[t] < schedule.AlphaBarPrev[t]);
            Assert.Equal(schedule.AlphaBarPrev[t] * (1 - schedule.Betas[t]), schedule.AlphaBar[t], 12);
            // The posterior's mean of x_t's mean is x_{t-1}'s mean.
            Assert.Equal(
                Math.Sqrt(schedule.AlphaBarPrev[t]),
                schedule.PosteriorMeanX0[t] + schedule.PosteriorMeanXt[t] * schedule.SqrtAlphaBar[t],
                9);
            // And its variance with x_t's variance passed through is x_{t-1}'s variance.
            Assert.Equal(
                1 - schedule.AlphaBarPrev[t],
                schedule.PosteriorVariance[t] + Math.Pow(schedule.PosteriorMeanXt[t], 2) * (1 - schedule.AlphaBar[t]),
                9);
            Assert.True(schedule.PosteriorVariance[t] <= schedule.Betas[t]);
        }
    }

    [Theory]
    [InlineData("25")]
    [InlineData("ddim25")]
    [InlineData("10,15,20")]
    public void Respacing_keeps_the_signal_at_the_kept_timesteps(string respacing)
    {
        var schedule = NoiseSchedule.Linear(1000);
        var respaced = schedule.Respace(respacing);
        Assert.Equal(1000, respaced.OriginalSteps);
        for (var i = 0; i < respaced.Steps; i++) Assert.Equal(schedule.AlphaBar[respaced.TimestepMap[i]], respaced.AlphaBar[i], 12);
        var twice = respaced.Respace("5");
        Assert.All(twice.TimestepMap, t => Assert.Contains(t, respaced.TimestepMap));
    }

    [Theory]
    [InlineData("", "is not understood")]
    [InlineData("ddim", "is not understood")]
    [InlineData("10,,20", "is not understood")]
    [InlineData("0", "is not understood")]
    [InlineData("-5", "is not understood")]
    [InlineData("1001", "at most 1000")]
    [InlineData("334,333,400", "at most 333")]
    [InlineData("ddim600", "use '600' for even spacing")]
    public void A_respacing_that_makes_no_sense_is_refused(string respacing, string message) =>
        Assert.Contains(
            message,
            Assert.ThrowsAny<MmDiffusionException>(() => NoiseSchedule.Linear(1000).Respace(respacing)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(25, "ddim25")]
    [InlineData(600, "600")]
    [InlineData(1000, "ddim1000")]
    public void Ddim_strides_where_a_whole_stride_fits(int steps, string expected) =>
        Assert.Equal(expected, Respacing.ForDdim(steps, 1000));

    [Fact]
    public void Continuous_time_passes_through_every_step_and_lambda_is_invertible()
    {
        foreach (var discrete in new[] { NoiseSchedule.Linear(1000), NoiseSchedule.Cosine(1000), NoiseSchedule.Linear(30) })
        {
            var schedule = new ContinuousSchedule(discrete);
            for (var t = 0; t < discrete.Steps; t++)
            {
                var level = schedule.Level((t + 1.0) / discrete.Steps);
                Assert.Equal(discrete.SqrtAlphaBar[t], level.Signal, 10);
                Assert.Equal(discrete.SqrtOneMinusAlphaBar[t], level.Noise, 10);
                Assert.Equal(t, level.TimeInput, 9);
            }
            for (var t = schedule.End; t <= 1; t += 0.00371) Assert.Equal(t, schedule.InverseLogSnr(schedule.LogSnr(t)), 9);
        }
    }

    [Fact]
    public void Time_grids_run_from_noise_to_data_as_they_are_spaced()
    {
        var schedule = new ContinuousSchedule(NoiseSchedule.Linear(1000));
        foreach (var spacing in Enum.GetValues<TimeSpacing>())
        {
            var levels = TimeGrid.Levels(schedule, spacing, 10, endsClean: false);
            Assert.Equal((999.0, 0.0, 11), (levels[0].TimeInput, levels[^1].TimeInput, levels.Length));
            Func<NoiseLevel, double> even = spacing switch
            {
                TimeSpacing.LogSnr => level => level.LogSnr,
                TimeSpacing.Quadratic => level => Math.Sqrt((level.TimeInput + 1) / 1000),
                _ => level => level.TimeInput,
            };
            for (var i = 2; i < levels.Length; i++)
                Assert.Equal(even(levels[1]) - even(levels[0]), even(levels[i]) - even(levels[i - 1]), 9);
        }
    }
}
