using System.Collections.Immutable;
using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Diffusion.Schedules;

/// <summary>
/// The noise added at each of N discrete steps, as tables in double precision indexed by the timestep, where timestep 0 means one
/// diffusion step (Ho et al., 2020). A respaced schedule is a schedule like any other that remembers the timesteps it came from.
/// </summary>
public sealed class NoiseSchedule
{
    internal const int LeastLinearSteps = 21;

    private NoiseSchedule(double[] betas, IEnumerable<int> timestepMap, int originalSteps)
    {
        var steps = betas.Length;
        double Alpha(int t) => 1 - betas[t];
        double[] Table(Func<int, double> value) => [.. Enumerable.Range(0, steps).Select(value)];

        var alphaBar = new double[steps];
        for (var t = 0; t < steps; t++) alphaBar[t] = (t == 0 ? 1 : alphaBar[t - 1]) * Alpha(t);
        var alphaBarPrev = Table(t => t == 0 ? 1 : alphaBar[t - 1]);
        var posteriorVariance = Table(t => betas[t] * (1 - alphaBarPrev[t]) / (1 - alphaBar[t]));
        // The posterior variance is 0 at the first step, so its logarithm is taken from the second.
        double Clipped(int t) => posteriorVariance[Math.Max(t, Math.Min(1, steps - 1))];

        OriginalSteps = originalSteps;
        TimestepMap = [.. timestepMap];
        Betas = [.. betas];
        AlphaBar = [.. alphaBar];
        AlphaBarPrev = [.. alphaBarPrev];
        SqrtAlphaBar = [.. Table(t => Math.Sqrt(alphaBar[t]))];
        SqrtOneMinusAlphaBar = [.. Table(t => Math.Sqrt(1 - alphaBar[t]))];
        PosteriorVariance = [.. posteriorVariance];
        PosteriorLogVarianceClipped = [.. Table(t => Math.Log(Clipped(t)))];
        LogBetas = [.. Table(t => Math.Log(betas[t]))];
        FixedLargeLogVariance = [.. Table(t => Math.Log(t == 0 ? Clipped(0) : betas[t]))];
        PosteriorMeanX0 = [.. Table(t => betas[t] * Math.Sqrt(alphaBarPrev[t]) / (1 - alphaBar[t]))];
        PosteriorMeanXt = [.. Table(t => (1 - alphaBarPrev[t]) * Math.Sqrt(Alpha(t)) / (1 - alphaBar[t]))];
    }

    /// <summary>Number of steps.</summary>
    public int Steps => Betas.Length;

    /// <summary>Number of steps of the schedule this one was respaced from, or of this one.</summary>
    public int OriginalSteps { get; }

    /// <summary>The original timestep of each step, which is what the network is told.</summary>
    public ImmutableArray<int> TimestepMap { get; }

    /// <summary>β_t, the variance added by a step.</summary>
    public ImmutableArray<double> Betas { get; }

    /// <summary>log β_t.</summary>
    public ImmutableArray<double> LogBetas { get; }

    /// <summary>ᾱ_t, the product of 1 − β up to t.</summary>
    public ImmutableArray<double> AlphaBar { get; }

    /// <summary>ᾱ_{t-1}, which is 1 at the first step.</summary>
    public ImmutableArray<double> AlphaBarPrev { get; }

    /// <summary>√ᾱ_t, the factor of x_0 in x_t.</summary>
    public ImmutableArray<double> SqrtAlphaBar { get; }

    /// <summary>√(1−ᾱ_t), the factor of ε in x_t.</summary>
    public ImmutableArray<double> SqrtOneMinusAlphaBar { get; }

    /// <summary>β̃_t, the variance of q(x_{t-1} | x_t, x_0); 0 at the first step.</summary>
    public ImmutableArray<double> PosteriorVariance { get; }

    /// <summary>log β̃_t, with the second step's value at the first.</summary>
    public ImmutableArray<double> PosteriorLogVarianceClipped { get; }

    /// <summary>log β_t, with log β̃ of the second step at the first.</summary>
    public ImmutableArray<double> FixedLargeLogVariance { get; }

    /// <summary>The factor of x_0 in the mean of q(x_{t-1} | x_t, x_0).</summary>
    public ImmutableArray<double> PosteriorMeanX0 { get; }

    /// <summary>The factor of x_t in the mean of q(x_{t-1} | x_t, x_0).</summary>
    public ImmutableArray<double> PosteriorMeanXt { get; }

    /// <summary>β growing linearly from 0.1 / <paramref name="steps"/> to 20 / <paramref name="steps"/>.</summary>
    /// <param name="steps">At least 21, so that every β is below 1.</param>
    public static NoiseSchedule Linear(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, LeastLinearSteps);
        var scale = 1000.0 / steps;
        var (first, last) = (scale * 0.0001, scale * 0.02);
        var increment = (last - first) / (steps - 1);
        return FromBetas([.. Enumerable.Range(0, steps).Select(t => t == steps - 1 ? last : first + t * increment)]);
    }

    /// <summary>ᾱ(s) = cos²((s + 0.008) / 1.008 · π/2) at s = (t + 1) / <paramref name="steps"/>, with β at most 0.999.</summary>
    /// <param name="steps">At least 2.</param>
    public static NoiseSchedule Cosine(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        double AlphaBar(double s) => Math.Pow(Math.Cos((s + 0.008) / 1.008 * Math.PI / 2), 2);
        return FromBetas([.. Enumerable.Range(0, steps).Select(t =>
            Math.Min(1 - AlphaBar((t + 1) / (double)steps) / AlphaBar(t / (double)steps), 0.999))]);
    }

    /// <summary>A schedule of given variances.</summary>
    /// <param name="betas">β of each step, in (0, 1).</param>
    public static NoiseSchedule FromBetas(IReadOnlyList<double> betas)
    {
        if (betas.Count == 0 || betas.Any(beta => beta is not (> 0 and < 1)))
            throw new ArgumentException("every β must lie between 0 and 1", nameof(betas));
        return new([.. betas], Enumerable.Range(0, betas.Count), betas.Count);
    }

    /// <summary>Keeps some of the steps, with β rewritten so that ᾱ stays what it was at those.</summary>
    /// <param name="respacing">
    /// "250" (that many, evenly), "10,15,20" (that many in each of three equal sections) or "ddim25" (that many, a whole stride apart).
    /// </param>
    /// <exception cref="MmDiffusionException">The text is not understood or asks for more steps than there are.</exception>
    public NoiseSchedule Respace(string respacing)
    {
        var kept = Respacing.Timesteps(respacing, Steps);
        var betas = kept.Select((t, i) => 1 - AlphaBar[t] / (i == 0 ? 1 : AlphaBar[kept[i - 1]]));
        return new([.. betas], kept.Select(t => TimestepMap[t]), OriginalSteps);
    }

    /// <summary>How much signal and noise x_t has.</summary>
    /// <param name="timestep">0 … <see cref="Steps"/> − 1, or −1 for the clean x_0.</param>
    public NoiseLevel Level(int timestep) => timestep < 0
        ? NoiseLevel.Clean
        : new(SqrtAlphaBar[timestep], SqrtOneMinusAlphaBar[timestep], TimestepMap[timestep]);
}

/// <summary>
/// A point on the way from data to noise: x_t = signal·x_0 + noise·ε. All that a sampler's formula needs to know of a schedule.
/// </summary>
/// <param name="Signal">√ᾱ, the factor of x_0; DPM-Solver's α.</param>
/// <param name="Noise">√(1−ᾱ), the factor of ε; DPM-Solver's σ.</param>
/// <param name="TimeInput">What the network is told: an original timestep, or a fraction between two.</param>
public readonly record struct NoiseLevel(double Signal, double Noise, double TimeInput)
{
    /// <summary>No noise at all; no network is ever asked about it.</summary>
    public static NoiseLevel Clean { get; } = new(1, 0, double.NaN);

    /// <summary>λ = log(signal/noise), half the logarithm of the signal-to-noise ratio.</summary>
    public double LogSnr => Math.Log(Signal) - Math.Log(Noise);
}

/// <summary>Chooses the timesteps that a shorter schedule keeps.</summary>
public static class Respacing
{
    private const string StridePrefix = "ddim";

    /// <summary>The kept timesteps in rising order.</summary>
    /// <param name="respacing">See <see cref="NoiseSchedule.Respace"/>.</param>
    /// <param name="steps">Steps of the schedule, which are split into equal sections.</param>
    /// <exception cref="MmDiffusionException">The text is not understood or asks for more steps than there are.</exception>
    public static IReadOnlyList<int> Timesteps(string respacing, int steps)
    {
        if (respacing.StartsWith(StridePrefix, StringComparison.Ordinal))
        {
            var count = Count(respacing[StridePrefix.Length..], respacing);
            return Strided(count, steps)
                ?? throw new MmDiffusionException(
                    $"respacing '{respacing}': no whole stride through {steps} steps gives exactly "
                    + $"{count}; use '{count}' for even spacing");
        }
        var counts = respacing.Split(',').Select(part => Count(part, respacing)).ToList();
        var (size, extra) = (steps / counts.Count, steps % counts.Count);
        var kept = new List<int>();
        var start = 0;
        foreach (var (section, count) in counts.Index())
        {
            var length = size + (section < extra ? 1 : 0);
            if (count > length)
                throw new MmDiffusionException(
                    $"respacing '{respacing}' asks for {count} steps out of a section of {length}; ask for at most {length}");
            kept.AddRange(Even(count, length).Select(step => start + step));
            start += length;
        }
        return kept;
    }

    /// <summary>
    /// The respacing for a sampler of the DDIM family: a whole stride where one gives that many steps, else even spacing.
    /// </summary>
    /// <param name="count">Steps to keep.</param>
    /// <param name="steps">Steps of the schedule.</param>
    public static string ForDdim(int count, int steps) =>
        (Strided(count, steps) is null ? "" : StridePrefix) + count.ToString(CultureInfo.InvariantCulture);

    private static int[]? Strided(int count, int steps)
    {
        for (var stride = 1; stride < steps; stride++)
            if ((steps + stride - 1) / stride == count) return [.. Enumerable.Range(0, count).Select(i => i * stride)];
        return null;
    }

    /// <summary>First and last included; a running sum rounded half to even, as the recorded tables have it.</summary>
    private static IEnumerable<int> Even(int count, int length)
    {
        var stride = count <= 1 ? 1 : (length - 1) / (double)(count - 1);
        var position = 0.0;
        for (var i = 0; i < count; i++, position += stride) yield return (int)Math.Round(position, MidpointRounding.ToEven);
    }

    private static int Count(string text, string respacing) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new MmDiffusionException($"respacing '{respacing}' is not understood: expected a number of steps ('250'), "
                + "numbers per section ('10,15,20') or 'ddim' and a number ('ddim25')");
}
