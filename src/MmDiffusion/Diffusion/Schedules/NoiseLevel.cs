namespace MmDiffusion.Diffusion;

/// <summary>A point on the way from data to noise: x_t = signal·x_0 + noise·ε. All that a sampler's formula needs to know of a schedule.</summary>
/// <param name="Signal">√ᾱ, the factor of x_0; DPM-Solver's α.</param>
/// <param name="Noise">√(1−ᾱ), the factor of ε; DPM-Solver's σ.</param>
/// <param name="TimeInput">What the network is told: an original timestep, or a fraction between two.</param>
public readonly record struct NoiseLevel(double Signal, double Noise, double TimeInput)
{
    /// <summary>No noise at all; no network is ever asked about it.</summary>
    public static NoiseLevel Clean { get; } = new(1, 0, double.NaN);

    /// <summary>λ = log(signal/noise), half the logarithm of the signal-to-noise ratio.</summary>
    public double LogSnr => Math.Log(Signal) - Math.Log(Noise);
}
