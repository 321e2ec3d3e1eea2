using MmDiffusion.Diffusion;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Testing.Models;

/// <summary>The joint network with every window shift 0, as the reference values were recorded.</summary>
internal sealed class CoupledDenoiser(CoupledUNet network) : IDenoiser
{
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) =>
        network.forward(xt, timesteps, WindowShifts.PerBlock(new long[network.ShiftCount]));
}

/// <summary>The upscaler of given small images, on the state's video alone.</summary>
internal sealed class UpscalingDenoiser(SuperResolutionUNet network, Tensor lowResolution) : IDenoiser
{
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) => new(network.forward(xt.Video, timesteps, lowResolution), null);
}
