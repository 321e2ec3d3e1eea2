using MmDiffusion.Diffusion;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A Coupled U-Net whose windows shift anew at every call, in sampling as in training.</summary>
/// <param name="network">The network.</param>
/// <param name="random">Where the shifts come from: as many for a call that reuses features as for one that computes everything.</param>
/// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
/// <param name="labels">int64 [B], the class of each sample of the batch, which stays the caller's; null for none.</param>
public sealed class JointDenoiser(CoupledUNet network, IRandomSource random, DeepFeatures? reuse = null, Tensor? labels = null) : IDenoiser
{
    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) =>
        network.forward(xt, timesteps, network.DrawShifts(random, xt.BatchSize), reuse, labels);
}
