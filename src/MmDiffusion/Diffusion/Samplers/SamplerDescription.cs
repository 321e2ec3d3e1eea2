namespace MmDiffusion.Diffusion;

/// <summary>A sampler that can be asked for by name.</summary>
/// <param name="Name">The name, as in "dpm-solver".</param>
/// <param name="DefaultSteps">Network calls unless others are asked for.</param>
/// <param name="LeastSteps">Fewest network calls.</param>
/// <param name="Summary">What it is good for, in a few words.</param>
public sealed record SamplerDescription(string Name, int DefaultSteps, int LeastSteps, string Summary)
{
    /// <summary>Makes it on a process with its whole schedule, for a number of network calls.</summary>
    public required Func<GaussianProcess, int, ISampler> Create { get; init; }
}
