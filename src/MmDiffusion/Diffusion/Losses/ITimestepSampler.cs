using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>Chooses the timesteps to train on.</summary>
public interface ITimestepSampler
{
    /// <summary>Draws one timestep for each sample of a batch.</summary>
    /// <param name="batch">Number of samples, B.</param>
    /// <param name="random">Source of the draw.</param>
    TimestepDraw Draw(long batch, IRandomSource random);

    /// <summary>Learns from the losses of a batch.</summary>
    /// <param name="timesteps">int64 [B], of every process that trains together.</param>
    /// <param name="losses">[B], before weighting.</param>
    void Observe(Tensor timesteps, Tensor losses);
}
