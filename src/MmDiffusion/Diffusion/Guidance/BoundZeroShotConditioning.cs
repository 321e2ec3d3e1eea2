using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>A <see cref="ZeroShotConditioning"/> with the noise of one run.</summary>
internal sealed class BoundZeroShotConditioning(ZeroShotConditioning conditioning, AudioVideo xT) : BoundConditioning(conditioning.Given)
{
    internal override bool Steers => conditioning.Scale > 0;

    internal override AudioVideo Replace(AudioVideo xt, NoiseLevel level) => Join(Noised(level), Generated(xt));

    /// <summary>Takes a step and moves the generated modality against the gradient of the given one's error.</summary>
    internal override AudioVideo Steer(AudioVideo xt, NoiseLevel from, NoiseLevel to, Func<AudioVideo, AudioVideo> step)
    {
        using var _ = enable_grad();
        var target = Generated(xt).detach().requires_grad_(true);
        var next = step(Join(Noised(from), target));
        // Each sample's own error: a sum over the batch, so that neighbours do not weaken each other's guidance.
        var error = GaussianMath.PerSampleMean((Given(next) - Noised(to)).Squared()).sum();
        var move = Gradient(error, target).Times(conditioning.Scale * from.Signal);
        return Join(Given(next).detach(), Generated(next).detach() - move);
    }

    private static Tensor Gradient(Tensor error, Tensor target)
    {
        if (!error.requires_grad)
            throw new MmDiffusionException("gradient guidance needs a network through which gradients flow from one modality to the other; "
                + "run it with autograd, or use scale 0 (replacement alone)");
        // The zero gives a network that ignores the target a gradient of zero rather than none.
        return autograd.grad([error.Plus(target.sum().Times(0))], [target])[0];
    }

    private Tensor Noised(NoiseLevel level) => Given(conditioning.Given).Times(level.Signal).Plus(Given(xT).Times(level.Noise));
}
