using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// Sound as a network hears it: each sample's magnitude raised to a power below 1. A recording's usual level is a tenth of its range or less,
/// so that diffusion's noise hides it long before it hides the picture; raised, both are decided together, and the noise that is left
/// at the end is lowered with the way back.
/// </summary>
internal static class SoundCompanding
{
    /// <summary>sign(x)·|x|^exponent, in [-1, 1] as x is.</summary>
    /// <param name="audio">In [-1, 1].</param>
    /// <param name="exponent">In (0, 1]; 1 changes nothing.</param>
    internal static Tensor Compress(Tensor audio, double exponent) => exponent == 1 ? audio.alias() : Raise(audio, exponent);

    /// <summary>The way back.</summary>
    /// <param name="audio">What <see cref="Compress"/> gave.</param>
    /// <param name="exponent">As it was then.</param>
    internal static Tensor Expand(Tensor audio, double exponent) => exponent == 1 ? audio.alias() : Raise(audio, 1 / exponent);

    private static Tensor Raise(Tensor audio, double exponent)
    {
        using var scope = NewDisposeScope();
        return (audio.sign() * audio.abs().pow(exponent)).MoveToOuterDisposeScope();
    }
}
