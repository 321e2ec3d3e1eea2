namespace MmDiffusion.Diffusion;

/// <summary>A point on the way from data to noise: x_t = α·x_0 + σ·ε. All that a sampler's formula needs to know of a schedule.</summary>
/// <param name="Alpha">α = √ᾱ, the factor of the signal.</param>
/// <param name="Sigma">σ = √(1−ᾱ), the factor of the noise.</param>
/// <param name="TimeInput">What the network is told: an original timestep, or a fraction between two.</param>
public readonly record struct NoiseLevel(double Alpha, double Sigma, double TimeInput)
{
    /// <summary>No noise at all; no network is ever asked about it.</summary>
    public static NoiseLevel Clean { get; } = new(1, 0, double.NaN);

    /// <summary>λ = log(α/σ), half the logarithm of the signal-to-noise ratio.</summary>
    public double Lambda => Math.Log(Alpha) - Math.Log(Sigma);
}
