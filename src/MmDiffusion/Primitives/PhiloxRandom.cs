using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// A random source of one seed by the counter-based generator Philox4x32-10, whose key is all 64 bits of the seed. Noise is a function of
/// the seed and its <see cref="NoiseKey"/> alone; other draws depend on how many came before. Values are the same on every machine.
/// </summary>
/// <param name="seed">Any value.</param>
public sealed class PhiloxRandom(ulong seed) : IRandomSource
{
    // The fourth word of the counter.
    private const uint Draws = 0, Video = 1, Audio = 2;

    private uint _draws;

    /// <inheritdoc/>
    public unsafe Tensor Normal(params ReadOnlySpan<long> shape)
    {
        var values = empty(shape.ToArray(), float32);
        Philox.Normal(NextDraw(), TensorMemory.Address<float>(values), values.numel());
        return values;
    }

    /// <inheritdoc/>
    public unsafe Tensor Uniform(params ReadOnlySpan<long> shape)
    {
        var values = empty(shape.ToArray(), float32);
        Philox.Uniform(NextDraw(), TensorMemory.Address<float>(values), values.numel());
        return values;
    }

    /// <inheritdoc/>
    public unsafe Tensor Integers(long upper, params ReadOnlySpan<long> shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, 1);
        var values = empty(shape.ToArray(), int64);
        Philox.Integers(NextDraw(), (ulong)upper, TensorMemory.Address<long>(values), values.numel());
        return values;
    }

    /// <inheritdoc/>
    public unsafe Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape)
    {
        key.Validate();
        if (shape.Length > 0 && shape[0] > 1)
            throw new ArgumentException($"one seed makes the noise of one sample, asked for were {shape[0]}", nameof(shape));
        var values = empty(shape.ToArray(), float32);
        var first = TensorMemory.Address<float>(values);
        for (long frame = 0, total = values.numel(); frame < key.Frames; frame++)
        {
            var (begin, end) = (Border(frame, total, key.Frames), Border(frame + 1, total, key.Frames));
            var stream = new PhiloxStream(seed, key.IsAudio ? Audio : Video, (uint)key.Step, checked((uint)(key.FirstFrame + frame)));
            Philox.Normal(stream, first + begin, end - begin);
        }
        return values;
    }

    private PhiloxStream NextDraw() => new(seed, Draws, checked(_draws++), 0);

    /// <summary>Where the elements of a frame begin: those whose position, in frames, is at least the frame's number.</summary>
    private static long Border(long frame, long total, long frames) => (long)(((Int128)frame * total + frames - 1) / frames);
}
