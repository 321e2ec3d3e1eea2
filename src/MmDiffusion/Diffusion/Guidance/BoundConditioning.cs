using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>A conditioning with the noise of one run.</summary>
internal sealed class BoundConditioning(ZeroShotConditioning conditioning, AudioVideo xT)
{
    private readonly bool _videoGiven = conditioning.Given.HasVideo;

    /// <summary>Whether steps are steered by the gradient.</summary>
    internal bool Steers => conditioning.Scale > 0;

    /// <summary>The state with the given modality noised to a level.</summary>
    internal AudioVideo Replace(AudioVideo xt, NoiseLevel level) => Join(Noised(level), Generated(xt));

    /// <summary>The state with the given modality itself.</summary>
    internal AudioVideo Restore(AudioVideo x0) => Join(Given(conditioning.Given).alias(), Generated(x0));

    /// <summary>Takes a step and moves the generated modality against the gradient of the given one's error.</summary>
    internal AudioVideo Steer(AudioVideo xt, NoiseLevel from, NoiseLevel to, Func<AudioVideo, AudioVideo> step)
    {
        using var _ = enable_grad();
        var target = Generated(xt).detach().requires_grad_(true);
        var next = step(Join(Noised(from), target));
        // Each sample's own error: a sum over the batch, so that neighbours do not weaken each other's guidance.
        var error = GaussianMath.PerSampleMean((Given(next) - Noised(to)).square()).sum();
        var move = conditioning.Scale * from.Signal * Gradient(error, target);
        return Join(Given(next).detach(), Generated(next).detach() - move);
    }

    private static Tensor Gradient(Tensor error, Tensor target)
    {
        if (!error.requires_grad)
            throw new MmDiffusionException("gradient guidance needs a network through which gradients flow from one modality to the other; "
                + "run it with autograd, or use scale 0 (replacement alone)");
        // The zero gives a network that ignores the target a gradient of zero rather than none.
        return autograd.grad([error + 0 * target.sum()], [target])[0];
    }

    private Tensor Noised(NoiseLevel level) => level.Signal * Given(conditioning.Given) + level.Noise * Given(xT);

    private Tensor Given(AudioVideo state) => _videoGiven ? state.Video : state.Audio;

    private Tensor Generated(AudioVideo state) => _videoGiven ? state.Audio : state.Video;

    private AudioVideo Join(Tensor given, Tensor generated) => _videoGiven ? new(given, generated) : new(generated, given);
}
