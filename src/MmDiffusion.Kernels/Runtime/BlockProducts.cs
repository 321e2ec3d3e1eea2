using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Products of matrices that fit in a core's cache, on the calling thread: those that libtorch's own attention is made of, generated at
/// run time for their sizes. Its library exports them, but not as part of its interface: where they are not found, or not known to
/// be right for the processor, callers do without.
/// </summary>
internal static unsafe class BlockProducts
{
    private static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, float*, float*, float*, byte, void> OfFloat32;
    private static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, ushort*, ushort*, float*, byte, void> OfBFloat16;
    private static readonly delegate* unmanaged<byte, void> ReleaseOf;

    static BlockProducts()
    {
        // A limit on instructions could make the library take pairs of rows for rows.
        if (!OperatingSystem.IsLinux() || !Avx512F.IsSupported || IsSet("ONEDNN_MAX_CPU_ISA") || IsSet("DNNL_MAX_CPU_ISA")) return;
        if (NativeModules.Find("libtorch_cpu.so") is not { } library) return;
        if (NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb", out var float32))
            OfFloat32 = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, float*, float*, float*, byte, void>)float32;
        if (!ProcessorFeatures.Current.Bf16
            || !NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb", out var bfloat16)
            || !NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas14brgemm_releaseEb", out var release)) return;
        OfBFloat16 = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, byte, ushort*, ushort*, float*, byte, void>)bfloat16;
        ReleaseOf = (delegate* unmanaged<byte, void>)release;
    }

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

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
