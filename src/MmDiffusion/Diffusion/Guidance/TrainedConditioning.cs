using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>
/// For a joint model that was trained on clips of which one modality was given: at every network call the given modality is itself,
/// without noise, and its timestep 0. What is given is seen from the first call on, where <see cref="ZeroShotConditioning"/> hides it
/// in noise while the other modality takes its shape.
/// </summary>
/// <param name="given">A state with a video or an audio track only, as the network meets it; stays the caller's.</param>
/// <exception cref="MmDiffusionException">Both modalities are given.</exception>
public sealed class TrainedConditioning(AudioVideo given) : Conditioning(given)
{
    private protected override BoundConditioning BindTo(AudioVideo xT) => new BoundTrainedConditioning(Given);
}
