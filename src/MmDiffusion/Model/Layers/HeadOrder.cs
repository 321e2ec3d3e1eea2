namespace MmDiffusion.Model;

/// <summary>How the channels of a joint query, key and value projection are laid out.</summary>
internal enum HeadOrder
{
    /// <summary>Query, key and value first, heads within each: the Coupled U-Net.</summary>
    QkvFirst,

    /// <summary>Heads first, query, key and value within each: the super-resolution U-Net (guided-diffusion's legacy order).</summary>
    HeadsFirst,
}
