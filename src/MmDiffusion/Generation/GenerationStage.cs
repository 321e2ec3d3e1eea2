namespace MmDiffusion.Generation;

/// <summary>What is being done for a clip.</summary>
public enum GenerationStage
{
    /// <summary>The joint model is called.</summary>
    Sampling,

    /// <summary>The upscaler is called.</summary>
    Upscaling,
}
