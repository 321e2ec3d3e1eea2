using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>Two rows of bfloat16 as <see cref="Primitives.BlockProducts"/> reads them: of each column a number of the first, and in the upper half one of the second.</summary>
internal static class RowPairs
{
    private const int Lanes = ILanes<ushort>.Count;

    private static Vector512<ushort> Turns => (Vector512.CreateSequence<uint>(2 * Lanes, 1) << 16 | Vector512<uint>.Indices).AsUInt16();

    /// <summary>Sixteen columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Of(Vector256<ushort> first, Vector256<ushort> second) =>
        Avx512BW.PermuteVar32x16x2(first.ToVector512Unsafe(), Turns, second.ToVector512Unsafe()).AsUInt32();
}
