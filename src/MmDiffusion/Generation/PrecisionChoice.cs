using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>The number format that networks run in, and why.</summary>
/// <param name="Type">Float32 or BFloat16.</param>
/// <param name="Reason">A clause for the user.</param>
public sealed record PrecisionChoice(ScalarType Type, string Reason)
{
    /// <summary>The usual short name: fp32 or bf16.</summary>
    public string Name => Type == ScalarType.BFloat16 ? "bf16" : "fp32";

    /// <summary>
    /// What <c>auto</c> means on a processor: bfloat16 where it is multiplied in hardware, since a network then runs about 1.6 times
    /// as fast at an error of some 2% per call; float32 elsewhere, where bfloat16 would be emulated.
    /// </summary>
    /// <param name="processor">The processor that computes.</param>
    public static PrecisionChoice Automatic(ProcessorFeatures processor) => processor.Bf16
        ? new(ScalarType.BFloat16, "the processor multiplies bfloat16 in hardware")
        : new(ScalarType.Float32, "the processor has no bfloat16 arithmetic");
}
