namespace MmDiffusion.Diffusion;

/// <summary>The noise levels a solver in continuous time visits.</summary>
internal static class TimeGrid
{
    /// <summary>The <paramref name="steps"/> + 1 levels from noise to data.</summary>
    internal static NoiseLevel[] Levels(ContinuousSchedule schedule, TimeSpacing spacing, int steps) =>
        [.. Enumerable.Range(0, steps + 1).Select(i => schedule.Level(Time(schedule, spacing, i / (double)steps)))];

    private static double Time(ContinuousSchedule schedule, TimeSpacing spacing, double fraction) => fraction switch
    {
        // The ends are exact, whatever the spacing rounds to.
        0 => ContinuousSchedule.Start,
        1 => schedule.End,
        _ => spacing switch
        {
            TimeSpacing.LogSnr => schedule.InverseLambda(double.Lerp(schedule.Lambda(ContinuousSchedule.Start), schedule.Lambda(schedule.End), fraction)),
            TimeSpacing.Quadratic => Math.Pow(double.Lerp(Math.Sqrt(ContinuousSchedule.Start), Math.Sqrt(schedule.End), fraction), 2),
            _ => double.Lerp(ContinuousSchedule.Start, schedule.End, fraction),
        },
    };
}
