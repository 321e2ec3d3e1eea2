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
        var places = Vector512<uint>.Indices;
        for (var step = 1; step < Lanes; step *= 2)
        {
            // Of two rows a step apart, what lies a step apart changes places; from 16 on, places are the second row's.
            var (apart, first) = (Vector512.Create((uint)step), Vector512.Equals(places & Vector512.Create((uint)step), Vector512<uint>.Zero));
            var upper = Vector512.ConditionalSelect(first, places, places - apart + Vector512.Create((uint)Lanes));
            var lower = Vector512.ConditionalSelect(first, places + apart, places + Vector512.Create((uint)Lanes));
            for (var i = 0; i < Lanes; i++)
            {
                if ((i & step) != 0) continue;
                var (a, b) = (rows[i], rows[i + step]);
                rows[i] = Avx512F.PermuteVar16x32x2(a, upper, b);
                rows[i + step] = Avx512F.PermuteVar16x32x2(a, lower, b);
            }
        }
    }
}
