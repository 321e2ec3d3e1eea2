using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

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
