using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Guidance;

/// <summary>A prediction to be guided away from, and how far.</summary>
/// <param name="Denoiser">Gives it.</param>
/// <param name="Scale">w: 1 for not at all, above it for away.</param>
public sealed record GuidedAway(IDenoiser Denoiser, double Scale);

/// <summary>
/// Guides a denoiser away from worse ones: D = D₁ + Σ (wᵢ − 1)·(D₁ − Dᵢ). With the same network without its label it is
/// classifier-free guidance (Ho and Salimans, arXiv 2207.12598); with another label, guidance away from that; with an early snapshot of the
/// network, autoguidance (Karras et al., 2406.02507); with an <see cref="UnsynchronisedDenoiser"/>, guidance away from what is not in step.
/// </summary>
/// <remarks>
/// Acts on the network's raw output: x_0, ε and v are linear in each other at one timestep, so that guiding one guides the others. A
/// learned variance stays the denoiser's own.
/// </remarks>
/// <param name="denoiser">D₁.</param>
/// <param name="away">Dᵢ and wᵢ.</param>
/// <param name="interval">Where guidance acts; null for everywhere.</param>
public sealed class GuidedDenoiser(IDenoiser denoiser, IReadOnlyList<GuidedAway> away, GuidanceInterval? interval = null) : IDenoiser
{
    private readonly IReadOnlyList<GuidedAway> _away = [.. away.Where(each => each.Scale != 1)];

    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var own = denoiser.Predict(xt, timesteps);
        if (_away.Count == 0 || interval?.Holds(timesteps) == false) return own.MoveToOuter(scope);
        var guided = own;
        foreach (var (other, scale) in _away)
        {
            var theirs = other.Predict(xt, timesteps);
            guided = guided.Zip(own, theirs, (sum, near, far) => sum.Plus(near - far, scale - 1));
        }
        return new AudioVideo(Mean(guided.Video, own.Video, xt.Video, dim: 2), Mean(guided.Audio, own.Audio, xt.Audio, dim: 1))
            .MoveToOuter(scope);
    }

    /// <summary>The guided prediction with the variance, the second half of the channels where there is one, as it was.</summary>
    private static Tensor Mean(Tensor guided, Tensor own, Tensor xt, int dim)
    {
        var channels = xt.size(dim);
        return own.size(dim) == channels ? guided : cat([guided.narrow(dim, 0, channels), own.narrow(dim, channels, channels)], dim);
    }
}

/// <summary>
/// The interval of noise in which guidance acts (Kynkäänniemi et al., arXiv 2404.07724): where there is much noise it costs diversity,
/// where there is little it does nothing.
/// </summary>
/// <param name="First">The least timestep, of 0 … 999.</param>
/// <param name="Last">The greatest.</param>
public sealed record GuidanceInterval(double First, double Last)
{
    /// <summary>The interval between two values of λ = log(signal/noise).</summary>
    /// <param name="schedule">Of the model.</param>
    /// <param name="least">λ with the most noise.</param>
    /// <param name="greatest">λ with the least noise.</param>
    public static GuidanceInterval OfLogSnr(NoiseSchedule schedule, double least, double greatest)
    {
        var inside = Enumerable.Range(0, schedule.Steps)
            .Where(t => schedule.Level(t).LogSnr >= least && schedule.Level(t).LogSnr <= greatest)
            .ToList();
        return inside.Count == 0 ? new(double.PositiveInfinity, double.NegativeInfinity) : new(inside[0], inside[^1]);
    }

    /// <summary>Whether what is generated, the noisiest part of a state, is in the interval.</summary>
    internal bool Holds(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var time = timesteps.max().item<float>();
        return time >= First && time <= Last;
    }
}
