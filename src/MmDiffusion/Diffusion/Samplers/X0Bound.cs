namespace MmDiffusion.Diffusion;

/// <summary>How a sampler keeps its estimates of x_0 within the range of data.</summary>
public enum X0Bound
{
    /// <summary>Clip to [-1, 1].</summary>
    Clip,

    /// <summary>Leave as it is.</summary>
    None,

    /// <summary>
    /// Dynamic thresholding (Saharia et al., 2022): clip each sample at the 99.5% quantile of its magnitudes where that exceeds 1, and
    /// scale back to [-1, 1].
    /// </summary>
    Dynamic,
}
