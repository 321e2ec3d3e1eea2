using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>How a model is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>Where it runs. The CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>What it computes in. Automatic by default.</summary>
    public Precision Precision { get; init; }
}
