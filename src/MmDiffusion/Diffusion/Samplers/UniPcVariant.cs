namespace MmDiffusion.Diffusion;

/// <summary>The function B(h) of UniPC, free up to its first order in h.</summary>
public enum UniPcVariant
{
    /// <summary>B(h) = e^h − 1.</summary>
    Bh2,

    /// <summary>B(h) = h.</summary>
    Bh1,
}
