namespace MmDiffusion.Generation;

/// <summary>What a network computes in; norms, embeddings and the sampler's state are float32 in any case.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the processor multiplies it natively, else float32.</summary>
    Auto,

    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16.</summary>
    BFloat16,
}
