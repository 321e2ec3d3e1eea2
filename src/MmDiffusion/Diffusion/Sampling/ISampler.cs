using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>A way from noise to data with a known number of network calls. Samplers hold no state between runs.</summary>
public interface ISampler
{
    /// <summary>How often a run calls the network.</summary>
    int NetworkCalls { get; }

    /// <summary>Samples a batch.</summary>
    /// <param name="denoiser">The network.</param>
    /// <param name="xT">Standard normal noise; its shape is the result's. Not modified.</param>
    /// <param name="context">Randomness, progress, cancellation and conditioning.</param>
    /// <returns>The estimate of x_0, of the same shape. With conditioning, the given modality is the given one itself.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="MmDiffusionException">The network's output or the given modality does not fit the state.</exception>
    AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context);
}

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

/// <summary>Where a run of a sampler stands. Valid only during the observer's call.</summary>
public sealed class SamplingProgress
{
    private readonly Func<AudioVideo> _x0;

    internal SamplingProgress(int step, int steps, int networkCalls, int totalNetworkCalls, Func<AudioVideo> x0)
    {
        Step = step;
        Steps = steps;
        NetworkCalls = networkCalls;
        TotalNetworkCalls = totalNetworkCalls;
        _x0 = x0;
    }

    /// <summary>The step under way, from 1.</summary>
    public int Step { get; }

    /// <summary>Steps of the run; a step of a higher-order solver takes several network calls.</summary>
    public int Steps { get; }

    /// <summary>Network calls so far, from 1.</summary>
    public int NetworkCalls { get; }

    /// <summary>Network calls of the run.</summary>
    public int TotalNetworkCalls { get; }

    /// <summary>Computes the current estimate of x_0, for a preview.</summary>
    /// <returns>A detached state of the caller's scope.</returns>
    public AudioVideo PredictX0()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return _x0().Map(x0 => x0.detach()).MoveToOuter(scope);
    }
}
