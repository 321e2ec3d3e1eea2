using MmDiffusion.Diffusion.Process;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>Ancestral sampling (Ho et al., 2020): one step of the reverse process for each step of the schedule.</summary>
/// <param name="process">The process, respaced to the wanted number of steps; 1000 steps give the best quality.</param>
/// <param name="bound">How estimates of x_0 are bounded.</param>
public sealed class DdpmSampler(GaussianProcess process, X0Bound bound = X0Bound.Clip) : ISampler
{
    /// <inheritdoc/>
    public int NetworkCalls => process.Schedule.Steps;

    /// <inheritdoc/>
    public AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context)
    {
        using var scope = NewDisposeScope();
        var run = new SamplingRun(process, denoiser, xT, context, NetworkCalls, NetworkCalls);
        for (var t = process.Schedule.Steps - 1; t >= 0; t--)
            run.Advance(process.Schedule.Level(t), process.Schedule.Level(t - 1), xt => Step(run, xt, t));
        return run.Finish().MoveToOuter(scope);
    }

    private AudioVideo Step(SamplingRun run, AudioVideo xt, int t)
    {
        var prediction = run.Predict(xt, process.Schedule.Level(t));
        var timesteps = TensorArithmetic.Full([xt.BatchSize], t, int64, xt.Device);
        var (mean, logVariance) = process.Reverse(prediction.X0(bound), xt, prediction.Variance, timesteps);
        return t == 0 ? mean : mean.Zip(logVariance, run.Noise(xt), (m, log, z) => m.Plus(log.Times(0.5).exp() * z));
    }
}
