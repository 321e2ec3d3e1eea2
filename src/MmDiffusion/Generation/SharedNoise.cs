using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Gives every frame of a batch the same noise, so that detail added to the frames of a clip does not flicker.</summary>
/// <param name="source">Drawn from once, whatever the number of frames.</param>
internal sealed class SharedNoise(IRandomSource source) : IRandomSource
{
    public Tensor Normal(params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Normal(one));

    public Tensor Uniform(params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Uniform(one));

    public Tensor Integers(long upper, params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Integers(upper, one));

    public Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Noise(key, one));

    private static Tensor Repeat(ReadOnlySpan<long> shape, Func<long[], Tensor> draw)
    {
        using var scope = NewDisposeScope();
        long[] all = shape.ToArray(), one = shape.ToArray();
        one[0] = 1;
        return draw(one).expand(all).contiguous().MoveToOuterDisposeScope();
    }
}
