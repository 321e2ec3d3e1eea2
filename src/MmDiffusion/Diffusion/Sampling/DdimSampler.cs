using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static MmDiffusion.Diffusion.Sampling.LinearCombination;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>
/// Denoising diffusion implicit models (Song et al., 2021): deterministic at η = 0, as noisy as ancestral sampling at η = 1.
/// </summary>
public sealed class DdimSampler : ISampler
{
    private readonly GaussianProcess _process;
    private readonly double _eta;
    private readonly X0Bound _bound;

    /// <summary>Makes the sampler.</summary>
    /// <param name="process">The process, respaced to the wanted number of steps.</param>
    /// <param name="eta">η in [0, 1].</param>
    /// <param name="bound">How estimates of x_0 are bounded.</param>
    /// <exception cref="MmDiffusionException">η is out of range.</exception>
    public DdimSampler(GaussianProcess process, double eta = 0, X0Bound bound = X0Bound.Clip)
    {
        if (eta is not (>= 0 and <= 1))
            throw new MmDiffusionException($"DDIM's eta is {eta}, expected 0 (deterministic) to 1 (as noisy as DDPM)");
        _process = process;
        _eta = eta;
        _bound = bound;
    }

    /// <inheritdoc/>
    public int NetworkCalls => _process.Schedule.Steps;

    /// <inheritdoc/>
    public AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context)
    {
        using var scope = NewDisposeScope();
        var run = new SamplingRun(_process, denoiser, xT, context, NetworkCalls, NetworkCalls);
        for (var t = NetworkCalls - 1; t >= 0; t--)
        {
            var (from, to) = (_process.Schedule.Level(t), _process.Schedule.Level(t - 1));
            run.Advance(from, to, xt => Step(run, xt, from, to));
        }
        return run.Finish().MoveToOuter(scope);
    }

    // x_{t-1} = √ᾱ_{t-1}·x_0 + √(1−ᾱ_{t-1}−s²)·ε + s·z, with s =
    // η·√((1−ᾱ_{t-1})/(1−ᾱ_t))·√(1−ᾱ_t/ᾱ_{t-1}).
    private AudioVideo Step(SamplingRun run, AudioVideo xt, NoiseLevel from, NoiseLevel to)
    {
        var prediction = run.Predict(xt, from);
        var x0 = prediction.X0(_bound);
        var epsilon = prediction.EpsilonOf(x0);
        var ratio = from.Signal / to.Signal;
        var s = _eta * to.Noise / from.Noise * Math.Sqrt(1 - ratio * ratio);
        var mean = Sum((to.Signal, x0), (Math.Sqrt(to.Noise * to.Noise - s * s), epsilon));
        return s > 0 ? Sum((1, mean), (s, run.Noise(xt))) : mean;
    }
}
