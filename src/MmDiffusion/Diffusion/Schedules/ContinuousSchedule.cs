namespace MmDiffusion.Diffusion.Schedules;

/// <summary>
/// A discrete schedule read in continuous time: step n lies at t = (n + 1) / N, and the logarithm of the signal √ᾱ is interpolated
/// linearly between the steps and extended along the outermost segments (Lu et al., 2022). Time runs from 1 (noise) to 1/N (data).
/// </summary>
public sealed class ContinuousSchedule
{
    /// <summary>Where sampling starts.</summary>
    public const double Start = 1;

    private readonly double[] _logSignal;

    /// <summary>Reads a schedule.</summary>
    /// <param name="schedule">A schedule that was not respaced.</param>
    /// <exception cref="ArgumentException">The schedule is respaced, so its steps do not lie evenly in time.</exception>
    public ContinuousSchedule(NoiseSchedule schedule)
    {
        if (schedule.Steps != schedule.OriginalSteps || schedule.Steps < 2)
            throw new ArgumentException(
                $"continuous time needs the whole schedule of {schedule.OriginalSteps} steps, not the {schedule.Steps} it was respaced to",
                nameof(schedule));
        _logSignal = [.. schedule.AlphaBar.Select(alphaBar => 0.5 * Math.Log(alphaBar))];
    }

    /// <summary>Where sampling ends, 1/N.</summary>
    public double End => 1.0 / _logSignal.Length;

    /// <summary>The logarithm of the signal √ᾱ at a time.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public double LogSignal(double t)
    {
        var position = t * _logSignal.Length - 1;
        var n = Math.Clamp((int)Math.Floor(position), 0, _logSignal.Length - 2);
        return _logSignal[n] + (position - n) * (_logSignal[n + 1] - _logSignal[n]);
    }

    /// <summary>λ, half the logarithm of the signal-to-noise ratio, at a time.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public double LogSnr(double t)
    {
        var logSignal = LogSignal(t);
        return logSignal - 0.5 * Math.Log(-double.ExpM1(2 * logSignal));
    }

    /// <summary>The time at which λ has a value.</summary>
    /// <param name="logSnr">A value that <see cref="LogSnr"/> takes.</param>
    public double InverseLogSnr(double logSnr)
    {
        // ᾱ = 1 / (1 + e^(−2λ)); its logarithm falls with n.
        var logSignal = -0.5 * double.LogP1(Math.Exp(-2 * logSnr));
        var found = Array.BinarySearch(_logSignal, logSignal, Comparer<double>.Create((x, y) => y.CompareTo(x)));
        var n = Math.Clamp(found >= 0 ? found : ~found - 1, 0, _logSignal.Length - 2);
        var position = n + (logSignal - _logSignal[n]) / (_logSignal[n + 1] - _logSignal[n]);
        return (position + 1) / _logSignal.Length;
    }

    /// <summary>How much signal and noise there is at a time; the network is told (t − 1/N)·N.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public NoiseLevel Level(double t)
    {
        var logSignal = LogSignal(t);
        return new(Math.Exp(logSignal), Math.Sqrt(-double.ExpM1(2 * logSignal)), t * _logSignal.Length - 1);
    }
}

/// <summary>How a solver in continuous time spreads its steps.</summary>
public enum TimeSpacing
{
    /// <summary>Evenly in λ, half the logarithm of the signal-to-noise ratio; the paper's setting, best at low resolution.</summary>
    LogSnr,

    /// <summary>Evenly in time.</summary>
    Uniform,

    /// <summary>Evenly in the square root of time, so that steps are shorter near the data.</summary>
    Quadratic,
}

/// <summary>The noise levels a solver in continuous time visits.</summary>
internal static class TimeGrid
{
    /// <summary>The <paramref name="steps"/> + 1 levels from noise to data; the last without any noise where asked for.</summary>
    internal static NoiseLevel[] Levels(ContinuousSchedule schedule, TimeSpacing spacing, int steps, bool endsClean) => endsClean
        ? [.. Levels(schedule, spacing, steps - 1, endsClean: false), NoiseLevel.Clean]
        : [.. Enumerable.Range(0, steps + 1).Select(i => schedule.Level(Time(schedule, spacing, i / (double)steps)))];

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
