using System.ComponentModel;
using System.Text.Json.Serialization;
using MmDiffusion.Kernels.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>The number format that networks run in, and why.</summary>
/// <param name="Type">Float32 or BFloat16.</param>
/// <param name="Reason">A clause for the user.</param>
public sealed record PrecisionChoice(ScalarType Type, string Reason)
{
    /// <summary>The usual short name: fp32 or bf16.</summary>
    public string Name => NameOf(Type);

    /// <summary>The usual short name of a type.</summary>
    internal static string NameOf(ScalarType type) => type == ScalarType.BFloat16 ? "bf16" : "fp32";

    /// <summary>Decides for a device.</summary>
    /// <param name="precision">What was asked for.</param>
    /// <param name="device">Where the network runs.</param>
    public static PrecisionChoice For(Precision precision, Device device) => precision switch
    {
        Precision.Float32 => new(ScalarType.Float32, "it was asked for"),
        Precision.BFloat16 => new(ScalarType.BFloat16, "it was asked for"),
        _ when device.type == DeviceType.CPU => Automatic(ProcessorFeatures.Current),
        _ when device.type == DeviceType.CUDA => new(ScalarType.BFloat16, "the device multiplies bfloat16 in hardware"),
        _ => new(ScalarType.Float32, "bfloat16 is not known to pay on this device"),
    };

    /// <summary>
    /// What <c>auto</c> means on a processor: bfloat16 where it is multiplied in hardware, since a network then runs about 1.6 times
    /// as fast at an error of some 2% per call; float32 elsewhere, where bfloat16 would be emulated.
    /// </summary>
    /// <param name="processor">The processor that computes.</param>
    public static PrecisionChoice Automatic(ProcessorFeatures processor) => processor.Bf16
        ? new(ScalarType.BFloat16, "the processor multiplies bfloat16 in hardware")
        : new(ScalarType.Float32, "the processor has no bfloat16 arithmetic");

    /// <summary>
    /// Chooses how memory is used while models of these options generate: bfloat16 gives all but small blocks back at once, so that it fits
    /// a small machine; float32, which nobody chooses for its size, keeps it for speed.
    /// </summary>
    /// <param name="options">Device and precision.</param>
    /// <param name="limit">Bytes that the process is to hold at most, for which it gives back more; null where there is no limit.</param>
    public static void FitMemory(ModelOptions options, long? limit = null)
    {
        if (limit is not null) TorchRuntime.PreferLeastMemory();
        else FitMemory(For(options.Precision, options.Device).Type);
    }

    /// <summary>Makes memory fit a precision that a network is about to compute in.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void FitMemory(ScalarType type)
    {
        if (type == ScalarType.BFloat16) TorchRuntime.PreferReuse();
        else TorchRuntime.PreferSpeed();
    }
}

/// <summary>What a network computes in; norms, embeddings and the sampler's state are float32 in any case.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>bfloat16 where the processor multiplies it natively, else float32.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>float32.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>bfloat16.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}
