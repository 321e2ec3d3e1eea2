using MmDiffusion.Diffusion;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A super-resolution U-Net with the small frames it enlarges: a denoiser of a state that has video alone, [N,3,H,W].</summary>
/// <param name="network">The network.</param>
/// <param name="lowResolution">The small frames, [N,3,h,w] in [-1, 1].</param>
/// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
public sealed class UpscalingDenoiser(SuperResolutionUNet network, Tensor lowResolution, DeepFeatures? reuse = null) : IDenoiser
{
    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) => new(network.forward(xt.Video, timesteps, lowResolution, reuse), null);
}
