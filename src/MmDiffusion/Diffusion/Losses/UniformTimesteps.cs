using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>Every timestep equally often.</summary>
/// <param name="steps">Steps of the schedule.</param>
public sealed class UniformTimesteps(int steps) : ITimestepSampler
{
    /// <inheritdoc/>
    public TimestepDraw Draw(long batch, IRandomSource random) => new(random.Integers(steps, batch), ones(batch, float32));

    /// <inheritdoc/>
    public void Observe(Tensor timesteps, Tensor losses)
    {
    }
}
