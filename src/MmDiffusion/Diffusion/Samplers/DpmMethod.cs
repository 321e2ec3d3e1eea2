namespace MmDiffusion.Diffusion;

/// <summary>Where a solver of higher order gets its extra evaluations from.</summary>
public enum DpmMethod
{
    /// <summary>From points within the step; a step of order k takes k network calls.</summary>
    SingleStep,

    /// <summary>From earlier steps; every step takes one network call.</summary>
    MultiStep,
}
