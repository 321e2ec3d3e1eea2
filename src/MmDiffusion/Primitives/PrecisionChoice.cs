using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>What <see cref="Precision.Auto"/> means here, and why.</summary>
/// <param name="Type">The type that convolutions and attention compute in.</param>
/// <param name="Reason">For people: why.</param>
public sealed record PrecisionChoice(ScalarType Type, string Reason)
{
    private const int ExtendedFeatures = 7;
    private const int FirstSubleaf = 1;
    private const int Avx512BFloat16Bit = 5;
    private const int AmxBFloat16Bit = 22;

    /// <summary>Decides for a device.</summary>
    /// <param name="precision">What was asked for.</param>
    /// <param name="device">Where the network runs.</param>
    public static PrecisionChoice For(Precision precision, Device device) => precision switch
    {
        Precision.Float32 => new(ScalarType.Float32, "asked for"),
        Precision.BFloat16 => new(ScalarType.BFloat16, "asked for"),
        _ when device.type == DeviceType.CUDA => new(ScalarType.BFloat16, "CUDA devices multiply bfloat16 natively"),
        _ when device.type == DeviceType.CPU && ProcessorMultipliesBFloat16 is { } unit => new(ScalarType.BFloat16, $"the processor has {unit}"),
        _ => new(ScalarType.Float32, $"no native bfloat16 multiplication on this {(device.type == DeviceType.CPU ? "processor" : "device")}"),
    };

    /// <summary>The name of the processor's bfloat16 unit; null where there is none, or none that libtorch uses.</summary>
    public static string? ProcessorMultipliesBFloat16 { get; } = Detect();

    private static string? Detect()
    {
        if (!X86Base.IsSupported || RuntimeInformation.ProcessArchitecture != Architecture.X64) return null;
        if (X86Base.CpuId(0, 0).Eax < ExtendedFeatures || !Avx512F.IsSupported) return null;
        if ((X86Base.CpuId(ExtendedFeatures, 0).Edx >> AmxBFloat16Bit & 1) != 0) return "AMX-BF16";
        return (X86Base.CpuId(ExtendedFeatures, FirstSubleaf).Eax >> Avx512BFloat16Bit & 1) != 0 ? "AVX512-BF16" : null;
    }
}
