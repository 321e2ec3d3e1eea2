using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>Sixteen rows of as many numbers of 32 bits become columns, in registers.</summary>
internal static unsafe class SquareTransposition
{
    private const int Lanes = ILanes<float>.Count;

    /// <summary>Exchanges rows and columns.</summary>
    /// <param name="rows">Sixteen, where they are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply(Vector512<uint>* rows)
    {
        // Two steps at a time, which halves the ways to memory and back.
        for (var step = 1; step < Lanes; step *= 4)
        {
            var ((upper, lower), (upperNext, lowerNext)) = (Places(step), Places(2 * step));
            for (var i = 0; i < Lanes; i++)
            {
                if ((i & 3 * step) != 0) continue;
                var (a, b) = Exchange(rows[i], rows[i + step], upper, lower);
                var (c, d) = Exchange(rows[i + 2 * step], rows[i + 3 * step], upper, lower);
                (rows[i], rows[i + 2 * step]) = Exchange(a, c, upperNext, lowerNext);
                (rows[i + step], rows[i + 3 * step]) = Exchange(b, d, upperNext, lowerNext);
            }
        }
    }

    /// <summary>Of two rows a step apart, what lies a step apart changes places; from 16 on, places are the second row's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> Upper, Vector512<uint> Lower) Places(int step)
    {
        var places = Vector512<uint>.Indices;
        var (apart, first) = (Vector512.Create((uint)step), Vector512.Equals(places & Vector512.Create((uint)step), Vector512<uint>.Zero));
        var upper = Vector512.ConditionalSelect(first, places, places - apart + Vector512.Create((uint)Lanes));
        var lower = Vector512.ConditionalSelect(first, places + apart, places + Vector512.Create((uint)Lanes));
        return (upper, lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> First, Vector512<uint> Second) Exchange(Vector512<uint> a, Vector512<uint> b, Vector512<uint> upper, Vector512<uint> lower) =>
        (Avx512F.PermuteVar16x32x2(a, upper, b), Avx512F.PermuteVar16x32x2(a, lower, b));
}
