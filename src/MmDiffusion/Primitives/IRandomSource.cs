using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// Where all randomness comes from. Values are drawn on the CPU whatever the device, so that a seed means the same everywhere.
/// Not safe for use by several threads at once.
/// </summary>
public interface IRandomSource
{
    /// <summary>Draws independent standard normal values.</summary>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>A float32 tensor on the CPU.</returns>
    Tensor Normal(params ReadOnlySpan<long> shape);

    /// <summary>Draws independent values uniform in [0, 1).</summary>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>A float32 tensor on the CPU.</returns>
    Tensor Uniform(params ReadOnlySpan<long> shape);

    /// <summary>Draws independent integers uniform in 0 … <paramref name="upper"/> - 1.</summary>
    /// <param name="upper">The exclusive upper bound, at least 1.</param>
    /// <param name="shape">Shape of the result; its first dimension is the batch.</param>
    /// <returns>An int64 tensor on the CPU.</returns>
    Tensor Integers(long upper, params ReadOnlySpan<long> shape);

    /// <summary>
    /// Standard normal noise of one step and modality. A counter-based source makes it of the seed, the key and the frame alone, whatever
    /// was drawn before; any other draws the next values, which is what this does by itself.
    /// </summary>
    /// <param name="key">Which noise.</param>
    /// <param name="shape">Shape of the result; its first dimension is the batch, whose rows hold one frame after the other.</param>
    /// <returns>A float32 tensor on the CPU.</returns>
    Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape) => Normal(shape);
}

/// <summary>Which noise, beside the seed.</summary>
/// <param name="Step">0 for the noise that sampling starts from or that training adds, then the number of each step of the sampler.</param>
/// <param name="IsAudio">Whether it is for sound, rather than for frames.</param>
/// <param name="Frames">
/// Frames that a row covers, at least 1: its elements in equal shares, also where it is the sound that belongs to them.
/// </param>
/// <param name="FirstFrame">Number of the first of them in the clip, at least 0.</param>
public readonly record struct NoiseKey(int Step, bool IsAudio, long Frames, long FirstFrame = 0)
{
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Step);
        ArgumentOutOfRangeException.ThrowIfLessThan(Frames, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(FirstFrame);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FirstFrame, uint.MaxValue - Frames);
    }
}

/// <summary>What a random source can do for a state of both modalities.</summary>
public static class RandomSourceExtensions
{
    /// <summary>Draws standard normal noise of a state's shape, video first.</summary>
    /// <param name="random">The source.</param>
    /// <param name="like">Video [B,F,C,H,W] and audio [B,1,L]; frames alone may be [B,C,H,W].</param>
    /// <param name="step">See <see cref="NoiseKey.Step"/>.</param>
    /// <returns>Of the types and on the device of the state.</returns>
    public static AudioVideo Noise(this IRandomSource random, AudioVideo like, int step)
    {
        // Audio alone counts as one frame.
        var frames = like.HasVideo && like.Video.dim() == 5 ? like.Video.shape[1] : 1;
        return new(like.HasVideo ? Part(like.Video, isAudio: false) : null, like.HasAudio ? Part(like.Audio, isAudio: true) : null);

        Tensor Part(Tensor part, bool isAudio) =>
            random.Noise(new NoiseKey(step, isAudio, frames), part.shape).to(part.dtype).to(part.device);
    }
}
