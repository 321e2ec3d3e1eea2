using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>Small joint states for tests.</summary>
internal static class TestStates
{
    internal static long[] VideoShape(long batch) => [batch, 2, 3, 4, 4];

    internal static long[] AudioShape(long batch) => [batch, 1, 32];

    internal static AudioVideo Normal(ulong seed, long batch = 2)
    {
        using var random = new SeededRandom(seed);
        return new(random.Normal(VideoShape(batch)), random.Normal(AudioShape(batch)));
    }

    internal static AudioVideo Uniform(ulong seed, long batch = 2) => Normal(seed, batch).Map(x => x.tanh());

    internal static SamplingContext Context(ulong seed = 0) => new() { Random = new SeededRandom(seed) };

    /// <summary>The largest difference of two states.</summary>
    internal static double Distance(AudioVideo left, AudioVideo right)
    {
        using var scope = NewDisposeScope();
        return left.Zip(right, (x, y) => (x.to(float64) - y.to(float64)).abs().max()).Parts.Max(part => part.item<double>());
    }

    internal static bool SameBytes(AudioVideo left, AudioVideo right) =>
        left.Parts.Zip(right.Parts).All(pair => pair.First.bytes.SequenceEqual(pair.Second.bytes));
}
