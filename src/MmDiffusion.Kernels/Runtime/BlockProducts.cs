using System.ComponentModel;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Products of matrices that fit in a core's cache, on the calling thread: those that libtorch's own attention is made of, generated at
/// run time for their sizes. Its library exports them, but not as part of its interface: where they are not found, or not known to
/// be right for the processor, callers do without.
/// </summary>
internal static unsafe class BlockProducts
{
    private const string NotExported = "libtorch does not export the products of its attention";

    private static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, float*, float*, float*, byte, void> OfFloat32;
    private static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, ushort*, ushort*, float*, byte, void> OfBFloat16;
    private static readonly delegate* unmanaged<byte, void> ReleaseOf;

    static BlockProducts()
    {
        if ((Float32Fault = FaultOfMachine()) is not null)
        {
            BFloat16Fault = Float32Fault;
            return;
        }
        if (PrivateSymbols.TryFind("_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb", out var float32))
            OfFloat32 = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, float*, float*, float*, byte, void>)float32;
        else Float32Fault = NotExported;
        if (!ProcessorFeatures.Current.Bf16)
        {
            BFloat16Fault = "the processor does not multiply bfloat16";
            return;
        }
        if (!PrivateSymbols.TryFind("_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb", out var bfloat16)
            || !PrivateSymbols.TryFind("_ZN2at6native7cpublas14brgemm_releaseEb", out var release))
        {
            BFloat16Fault = NotExported;
            return;
        }
        OfBFloat16 = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, ushort*, ushort*, float*, byte, void>)bfloat16;
        ReleaseOf = (delegate* unmanaged<byte, void>)release;
    }

    /// <summary>Why float32 matrices cannot be multiplied; null where they can.</summary>
    internal static string? Float32Fault { get; }

    /// <summary>Why bfloat16 matrices cannot be multiplied; null where they can.</summary>
    internal static string? BFloat16Fault { get; }

    /// <summary>Whether float32 matrices can be multiplied.</summary>
    internal static bool HasFloat32 => OfFloat32 != null;

    /// <summary>Whether bfloat16 matrices can be multiplied.</summary>
    internal static bool HasBFloat16 => OfBFloat16 != null;

    /// <summary>c = a·b.</summary>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="columns">Columns of b and c.</param>
    /// <param name="inner">Columns of a, rows of b.</param>
    /// <param name="a">Its rows.</param>
    /// <param name="aStride">From one row of a to the next.</param>
    /// <param name="b">Its rows.</param>
    /// <param name="bStride">From one row of b to the next.</param>
    /// <param name="c">Its rows.</param>
    /// <param name="cStride">From one row of c to the next.</param>
    /// <param name="accumulate">Whether it is added to c instead.</param>
    internal static void Multiply(
        int rows,
        int columns,
        int inner,
        float* a,
        long aStride,
        float* b,
        int bStride,
        float* c,
        int cStride,
        bool accumulate = false) =>
        OfFloat32(rows, columns, inner, (nint)aStride, bStride, cStride, accumulate ? (byte)1 : (byte)0, a, b, c, 0);

    /// <summary>c = a·b, summed in float32.</summary>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="columns">Columns of b and c.</param>
    /// <param name="inner">Columns of a, rows of b: an even number.</param>
    /// <param name="a">Its rows, of bfloat16.</param>
    /// <param name="aStride">From one row of a to the next.</param>
    /// <param name="b">Pairs of its rows: for each column a number of the first and one of the second.</param>
    /// <param name="bStride">Columns from one pair to the next.</param>
    /// <param name="c">Its rows.</param>
    /// <param name="cStride">From one row of c to the next.</param>
    /// <param name="accumulate">Whether it is added to c instead.</param>
    internal static void Multiply(
        int rows,
        int columns,
        int inner,
        ushort* a,
        long aStride,
        ushort* b,
        int bStride,
        float* c,
        int cStride,
        bool accumulate = false) =>
        OfBFloat16(rows, columns, inner, (nint)aStride, bStride, cStride, accumulate ? (byte)1 : (byte)0, a, b, c, 1);

    /// <summary>The one or the other, by how the factors are stored: as float32 or as bfloat16.</summary>
    internal static void Multiply<T>(
        int rows,
        int columns,
        int inner,
        T* a,
        long aStride,
        T* b,
        int bStride,
        float* c,
        int cStride,
        bool accumulate = false) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) Multiply(rows, columns, inner, (float*)a, aStride, (float*)b, bStride, c, cStride, accumulate);
        else Multiply(rows, columns, inner, (ushort*)a, aStride, (ushort*)b, bStride, c, cStride, accumulate);
    }

    /// <summary>
    /// Ends a run of products on the calling thread: where the processor has registers for tiles of bfloat16, they are others' again.
    /// </summary>
    internal static void Release()
    {
        if (HasBFloat16) ReleaseOf(1);
    }

    private static string? FaultOfMachine()
    {
        // A limit on instructions could make the library take pairs of rows for rows.
        if (new[] { "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA" }.FirstOrDefault(IsSet) is { } limit) return $"{limit} is set";
        if (!OperatingSystem.IsLinux()) return "the system is not Linux";
        return Avx512F.IsSupported ? PrivateSymbols.Fault(TorchRuntime.LibTorchVersion) : "the processor lacks AVX-512";
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}

/// <summary>
/// Which precisions have fast kernels on this machine: attention and its gradient in either, convolutions and their gradients in bfloat16.
/// Others compute with libtorch's own operations.
/// </summary>
/// <param name="Float32">Why there are none for float32; null where there are.</param>
/// <param name="BFloat16">Why there are none for bfloat16; null where there are.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record MissingKernels(string? Float32, string? BFloat16)
{
    /// <summary>What is missing here. Loads libtorch.</summary>
    public static MissingKernels Current => new(BlockProducts.Float32Fault, BlockProducts.BFloat16Fault);
}
