using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>
/// Data whose diffusion is solvable: independent elements that are a mixture of two normal distributions at ±<paramref name="centre"/>
/// of standard deviation <paramref name="deviation"/>, and the exact ε of the network that knows it. With deviation 0 and
/// one centre it is a point mass.
/// </summary>
internal sealed class GaussianData(double centre, double deviation, bool twoModes = true) : IDenoiser
{
    private readonly ContinuousSchedule _schedule = new(NoiseSchedule.Linear(1000));

    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var level = _schedule.Level((timesteps[0].item<float>() + 1.0) / 1000);
        return xt.Map(x => Epsilon(x, level)).MoveToOuter(scope);
    }

    // x_t given x_0's mode is N(±α·c, α²d² + σ²); ε = −σ·∇log p.
    private Tensor Epsilon(Tensor x, NoiseLevel level)
    {
        var variance = level.Signal * level.Signal * deviation * deviation + level.Noise * level.Noise;
        var mean = level.Signal * centre;
        var expected = twoModes ? mean * (x * (mean / variance)).tanh() : x * 0 + mean;
        return (x - expected) * (level.Noise / variance);
    }
}
