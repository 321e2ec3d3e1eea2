namespace MmDiffusion.Diffusion;

/// <summary>The noise levels a solver in continuous time visits.</summary>
internal static class TimeGrid
{
    /// <summary>The <paramref name="steps"/> + 1 levels from noise to data.</summary>
    internal static NoiseLevel[] Levels(ContinuousSchedule schedule, TimeSpacing spacing, int steps) =>
        [.. Enumerable.Range(0, steps + 1).Select(i => schedule.Level(Time(schedule, spacing, i / (double)steps)))];

    private static double Time(ContinuousSchedule schedule, TimeSpacing spacing, double fraction)
    {
        double Between(Func<double, double> scale) => double.Lerp(scale(ContinuousSchedule.Start), scale(schedule.End), fraction);
        // The ends are exact, whatever the spacing rounds to.
        if (fraction is 0) return ContinuousSchedule.Start;
        if (fraction is 1) return schedule.End;
        return spacing switch
        {
            TimeSpacing.LogSnr => schedule.InverseLogSnr(Between(schedule.LogSnr)),
            TimeSpacing.Quadratic => Math.Pow(Between(Math.Sqrt), 2),
            _ => Between(t => t),
        };
    }
}
