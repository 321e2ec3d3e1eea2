using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Guidance;

/// <summary>
/// Each modality as a joint model predicts it where the other is noise alone, for a model that was trained on
/// <see cref="TaskShares.Marginal"/>: what fits together only by accident. Two network calls, or one where a modality is given.
/// </summary>
/// <param name="denoiser">The joint model.</param>
/// <param name="random">Where the noise comes from, drawn again at each call.</param>
/// <param name="steps">Timesteps of the whole schedule, T: 1000.</param>
public sealed class UnsynchronisedDenoiser(IDenoiser denoiser, IRandomSource random, int steps) : IDenoiser
{
    private int _calls;

    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var noise = random.Noise(xt, ++_calls);
        var times = timesteps.dim() == 1 ? timesteps.unsqueeze(1).expand([timesteps.size(0), 2]) : timesteps;
        var (video, audio) = (times.select(1, 0), times.select(1, 1));
        var absent = TensorArithmetic.Full(video.shape, steps - 1, video.dtype, video.device);
        // The last call of a sampler may be at timestep 0 for what is generated, too.
        var (videoGiven, audioGiven) = (IsGiven(video) && !IsGiven(audio), IsGiven(audio) && !IsGiven(video));
        var ofVideo = videoGiven ? null : denoiser.Predict(new AudioVideo(xt.Video, noise.Audio), stack([video, absent], 1));
        var ofAudio = audioGiven ? null : denoiser.Predict(new AudioVideo(noise.Video, xt.Audio), stack([absent, audio], 1));
        // Of a given modality the prediction is of no use to anyone.
        return new AudioVideo((ofVideo ?? ofAudio!).Video, (ofAudio ?? ofVideo!).Audio).MoveToOuter(scope);
    }

    private static bool IsGiven(Tensor times) => times.max().item<float>() == 0;
}
