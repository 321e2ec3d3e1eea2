using MmDiffusion.Diffusion;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>
/// The closed-form network that the recorded samplers ran on:
/// ε_video = video·(0.5+0.3·sin(τ/150)) + 0.1·mean(audio), ε_audio = audio·(0.4+0.2·cos(τ/90)) − 0.05·mean(video), means per
/// sample.
/// </summary>
internal sealed class ClosedFormDenoiser : IDenoiser
{
    internal List<float> Times { get; } = [];

    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        Times.Add(timesteps[0].item<float>());
        var (video, audio) = (xt.Video, xt.Audio);
        var videoTime = timesteps.view([-1, .. Enumerable.Repeat(1L, (int)video.dim() - 1)]);
        var audioTime = timesteps.view([-1, .. Enumerable.Repeat(1L, (int)audio.dim() - 1)]);
        var videoMean = video.flatten(1).mean([1]).view_as(audioTime);
        var audioMean = audio.flatten(1).mean([1]).view_as(videoTime);
        return new AudioVideo(
            video * (0.5 + 0.3 * (videoTime / 150).sin()) + 0.1 * audioMean,
            audio * (0.4 + 0.2 * (audioTime / 90).cos()) - 0.05 * videoMean).MoveToOuter(scope);
    }
}
