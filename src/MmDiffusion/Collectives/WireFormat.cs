namespace MmDiffusion.Collectives;

/// <summary>How values travel between ranks.</summary>
public enum WireFormat
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>Rounded to bfloat16: half the bytes, a relative error of up to 2⁻⁹ each time they travel.</summary>
    BFloat16,
}
