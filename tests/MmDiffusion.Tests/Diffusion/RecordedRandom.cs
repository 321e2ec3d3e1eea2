using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>
/// Replays recorded normal draws in order. A sampler draws, at each step that adds noise, one tensor per modality, video first; the
/// published code draws at the last step too and multiplies by zero, so its last record may stay unused.
/// </summary>
internal sealed class RecordedRandom : IRandomSource
{
    private readonly Queue<Tensor> _draws;

    /// <summary>Replays tensors in the order given, which stay the caller's.</summary>
    internal RecordedRandom(IEnumerable<Tensor> draws) => _draws = new(draws);

    /// <summary>The draws of a run: row i of both tensors belongs to step i.</summary>
    internal static RecordedRandom OfSteps(Tensor video, Tensor audio) =>
        new(Enumerable.Range(0, (int)video.shape[0]).SelectMany(step => new[] { video[step], audio[step] }));

    public Tensor Normal(params ReadOnlySpan<long> shape)
    {
        var next = _draws.Dequeue();
        Assert.Equal(shape.ToArray(), next.shape);
        return next.alias();
    }

    public Tensor Uniform(params ReadOnlySpan<long> shape) => throw new NotSupportedException("no uniform draws were recorded");

    public Tensor Integers(long upper, params ReadOnlySpan<long> shape) => throw new NotSupportedException("no integers were recorded");
}
