namespace MmDiffusion.Diffusion;

/// <summary>How a solver in continuous time spreads its steps.</summary>
public enum TimeSpacing
{
    /// <summary>Evenly in λ, half the logarithm of the signal-to-noise ratio; the paper's setting, best at low resolution.</summary>
    LogSnr,

    /// <summary>Evenly in time.</summary>
    Uniform,

    /// <summary>Evenly in the square root of time, so that steps are shorter near the data.</summary>
    Quadratic,
}
