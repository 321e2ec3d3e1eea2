using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>Rows of queries, keys and values in the orders in which <see cref="Primitives.BlockProducts"/> reads its factors.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads them.</typeparam>
internal static unsafe class AttentionPacking<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Rows become the columns of a second factor: rows of 32 bits of each, those of bfloat16 in pairs; what is lacking is zero.</summary>
    /// <param name="rows">Of a multiple of sixteen numbers each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Columns from one row there to the next.</param>
    /// <param name="space">Columns that are written, a multiple of sixteen.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AsColumns(RowRing<T> rows, int width, T* to, int stride, int space)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        var units = width * sizeof(T) / sizeof(uint);
        for (var row = 0; row < space; row += Lanes)
            for (var unit = 0; unit < units; unit += Lanes)
            {
                for (var i = 0; i < Lanes; i++) block[i] = row + i < rows.Count ? Load((uint*)rows[row + i] + unit, units - unit) : Vector512<uint>.Zero;
                SquareTransposition.Apply(block);
                for (var i = 0; i < Math.Min(Lanes, units - unit); i++) block[i].Store((uint*)to + (long)(unit + i) * stride + row);
            }
    }

    /// <summary>Rows become the rows of a second factor, those of bfloat16 in pairs; what is lacking is zero.</summary>
    /// <param name="rows">Of a multiple of sixteen numbers each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Numbers from one row there to the next.</param>
    /// <param name="space">Rows that are written, an even number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AsRows(RowRing<T> rows, int width, T* to, int stride, int space)
    {
        for (var row = 0; row < space; row += 2)
        {
            var even = row < rows.Count ? rows[row] : null;
            var odd = row + 1 < rows.Count ? rows[row + 1] : null;
            var target = to + (long)row * stride;
            for (var c = 0; c < width; c += Lanes)
            {
                if (typeof(T) == typeof(float))
                {
                    (even == null ? Vector512<float>.Zero : TLanes.Load(even + c)).Store((float*)target + c);
                    (odd == null ? Vector512<float>.Zero : TLanes.Load(odd + c)).Store((float*)target + stride + c);
                }
                else
                {
                    Pair(even, odd, c).Store((uint*)target + c);
                }
            }
        }
    }

    /// <summary>Rows become the columns of a first factor; what is lacking is zero.</summary>
    /// <param name="rows">Of a multiple of sixteen numbers each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="to">Where they are put.</param>
    /// <param name="stride">Columns from one row there to the next, enough for a multiple of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AcrossRows(RowRing<T> rows, int width, T* to, int stride)
    {
        if (typeof(T) == typeof(float))
        {
            AsColumns(rows, width, to, stride, (rows.Count + Lanes - 1) / Lanes * Lanes);
            return;
        }
        var block = stackalloc Vector512<uint>[Lanes];
        for (var row = 0; row < rows.Count; row += 2 * Lanes)
            for (var c = 0; c < width; c += Lanes)
            {
                for (var i = 0; i < Lanes; i++)
                {
                    var (even, odd) = (row + 2 * i, row + 2 * i + 1);
                    block[i] = Pair(even < rows.Count ? rows[even] : null, odd < rows.Count ? rows[odd] : null, c);
                }
                SquareTransposition.Apply(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)(to + (long)(c + i) * stride + row));
            }
    }

    /// <summary>Sixteen columns of two rows of bfloat16, from one on; a row that there is not is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(T* even, T* odd, int column) => RowPairs.Of(
        even == null ? Vector256<ushort>.Zero : Vector256.Load((ushort*)even + column), odd == null ? Vector256<ushort>.Zero : Vector256.Load((ushort*)odd + column));

    /// <summary>Sixteen units, of which those behind the row's last are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(uint* from, int left) =>
        left >= Lanes ? Vector512.Load(from) : Vector512.Create(Vector256.Load(from), Vector256<uint>.Zero);
}
