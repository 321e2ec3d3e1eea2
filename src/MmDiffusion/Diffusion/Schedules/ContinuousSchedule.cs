namespace MmDiffusion.Diffusion;

/// <summary>
/// A discrete schedule read in continuous time: step n lies at t = (n + 1) / N, and log α is interpolated linearly between the steps
/// and extended along the outermost segments (Lu et al., 2022). Time runs from 1 (noise) to 1/N (data).
/// </summary>
public sealed class ContinuousSchedule
{
    /// <summary>Where sampling starts.</summary>
    public const double Start = 1;

    private readonly double[] _logAlpha;

    /// <summary>Reads a schedule.</summary>
    /// <param name="schedule">A schedule that was not respaced.</param>
    /// <exception cref="ArgumentException">The schedule is respaced, so its steps do not lie evenly in time.</exception>
    public ContinuousSchedule(NoiseSchedule schedule)
    {
        if (schedule.Steps != schedule.OriginalSteps || schedule.Steps < 2)
            throw new ArgumentException($"continuous time needs the whole schedule of {schedule.OriginalSteps} steps, not the {schedule.Steps} it was respaced to", nameof(schedule));
        _logAlpha = [.. schedule.AlphaBar.Select(alphaBar => 0.5 * Math.Log(alphaBar))];
    }

    /// <summary>Where sampling ends, 1/N.</summary>
    public double End => 1.0 / _logAlpha.Length;

    /// <summary>log α at a time.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public double LogAlpha(double t)
    {
        var position = t * _logAlpha.Length - 1;
        var n = Math.Clamp((int)Math.Floor(position), 0, _logAlpha.Length - 2);
        return _logAlpha[n] + (position - n) * (_logAlpha[n + 1] - _logAlpha[n]);
    }

    /// <summary>λ = log(α/σ) at a time.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public double Lambda(double t)
    {
        var logAlpha = LogAlpha(t);
        return logAlpha - 0.5 * Math.Log(-double.ExpM1(2 * logAlpha));
    }

    /// <summary>The time at which λ has a value.</summary>
    /// <param name="lambda">A value that <see cref="Lambda"/> takes.</param>
    public double InverseLambda(double lambda)
    {
        // α² = 1 / (1 + e^(−2λ)); log α falls with n.
        var logAlpha = -0.5 * double.LogP1(Math.Exp(-2 * lambda));
        var found = Array.BinarySearch(_logAlpha, logAlpha, Comparer<double>.Create((x, y) => y.CompareTo(x)));
        var n = Math.Clamp(found >= 0 ? found : ~found - 1, 0, _logAlpha.Length - 2);
        var position = n + (logAlpha - _logAlpha[n]) / (_logAlpha[n + 1] - _logAlpha[n]);
        return (position + 1) / _logAlpha.Length;
    }

    /// <summary>How much signal and noise there is at a time; the network is told (t − 1/N)·N.</summary>
    /// <param name="t">Time in [1/N, 1].</param>
    public NoiseLevel Level(double t)
    {
        var logAlpha = LogAlpha(t);
        return new(Math.Exp(logAlpha), Math.Sqrt(-double.ExpM1(2 * logAlpha)), t * _logAlpha.Length - 1);
    }
}
