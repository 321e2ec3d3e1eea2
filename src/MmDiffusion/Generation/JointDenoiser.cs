using MmDiffusion.Diffusion;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A Coupled U-Net whose windows shift anew at every call, in sampling as in training.</summary>
/// <param name="network">The network.</param>
/// <param name="random">Where the shifts come from.</param>
public sealed class JointDenoiser(CoupledUNet network, IRandomSource random) : IDenoiser
{
    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) => network.forward(xt, timesteps, network.DrawShifts(random, xt.BatchSize));
}
