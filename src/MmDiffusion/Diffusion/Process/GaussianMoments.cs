using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>A normal distribution with independent elements over a joint state.</summary>
/// <param name="Mean">The mean, of the state's shape.</param>
/// <param name="LogVariance">The logarithm of the variance: of the state's shape, or one value per sample shaped to broadcast.</param>
public sealed record GaussianMoments(AudioVideo Mean, AudioVideo LogVariance);
