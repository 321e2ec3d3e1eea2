using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>What a sampler is given besides the network and the noise.</summary>
public sealed record SamplingContext
{
    /// <summary>
    /// Source of the noise of stochastic samplers: at each step but the last, <see cref="IRandomSource.Noise"/> for each modality of the
    /// state's shape, video first, with the step's number from 1. Deterministic samplers draw nothing.
    /// </summary>
    public required IRandomSource Random { get; init; }

    /// <summary>What is known of the clips; null, the default, to generate all.</summary>
    public Conditioning? Conditioning { get; init; }

    /// <summary>Called after every network call, on the sampling thread.</summary>
    public Action<SamplingProgress>? Observer { get; init; }

    /// <summary>Looked at before every network call.</summary>
    public CancellationToken CancellationToken { get; init; }
}
