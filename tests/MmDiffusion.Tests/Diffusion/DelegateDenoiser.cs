using MmDiffusion.Diffusion;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>A network given as a function; counts its calls and keeps the times it was told.</summary>
internal sealed class DelegateDenoiser(Func<AudioVideo, Tensor, AudioVideo> predict) : IDenoiser
{
    internal List<float> Times { get; } = [];

    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        Times.Add(timesteps[0].max().item<float>()); // of what is not given, where the modalities differ
        using var scope = NewDisposeScope();
        return predict(xt, timesteps).MoveToOuter(scope);
    }
}
