using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>A conditioning within one run.</summary>
/// <param name="given">The given modality.</param>
internal abstract class BoundConditioning(AudioVideo given)
{
    /// <summary>Whether steps are steered by the gradient.</summary>
    internal virtual bool Steers => false;

    private protected bool VideoGiven { get; } = given.HasVideo;

    /// <summary>The state with the given modality as the network is to see it at a level.</summary>
    internal abstract AudioVideo Replace(AudioVideo xt, NoiseLevel level);

    /// <summary>What the network is told of a level: [B], or [B,2] where the modalities differ.</summary>
    internal virtual Tensor Time(AudioVideo xt, NoiseLevel level) =>
        TensorArithmetic.Full([xt.BatchSize], level.TimeInput, float32, xt.Device);

    /// <summary>The state with the given modality itself.</summary>
    internal AudioVideo Restore(AudioVideo x0) => Join(Given(given).alias(), Generated(x0));

    /// <summary>Takes a step that <see cref="Steers"/>.</summary>
    internal virtual AudioVideo Steer(AudioVideo xt, NoiseLevel from, NoiseLevel to, Func<AudioVideo, AudioVideo> step) => step(Replace(xt, from));

    private protected Tensor Given(AudioVideo state) => VideoGiven ? state.Video : state.Audio;

    private protected Tensor Generated(AudioVideo state) => VideoGiven ? state.Audio : state.Video;

    private protected AudioVideo Join(Tensor givenPart, Tensor generated) => VideoGiven ? new(givenPart, generated) : new(generated, givenPart);
}
