using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>Sixteen rows of as many numbers of 32 bits become columns.</summary>
internal static unsafe class SquareTransposition
{
    private const int Lanes = ILanes<float>.Count;
    private const int Quarter = Lanes / 4;

    /// <summary>Of two vectors' quarters, the first and third of both.</summary>
    private const byte Even = 0b10_00_10_00;

    /// <summary>The second and fourth of both.</summary>
    private const byte Odd = 0b11_01_11_01;

    /// <summary>Exchanges rows and columns.</summary>
    /// <param name="rows">Sixteen, where they are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply(Vector512<uint>* rows)
    {
        // Squares of four by four numbers first, each within a quarter of the vectors; then the quarters.
        for (var i = 0; i < Lanes; i += Quarter)
        {
            var (first, second) = (Avx512F.UnpackLow(rows[i], rows[i + 1]).AsUInt64(), Avx512F.UnpackLow(rows[i + 2], rows[i + 3]).AsUInt64());
            var (third, fourth) = (Avx512F.UnpackHigh(rows[i], rows[i + 1]).AsUInt64(), Avx512F.UnpackHigh(rows[i + 2], rows[i + 3]).AsUInt64());
            rows[i] = Avx512F.UnpackLow(first, second).AsUInt32();
            rows[i + 1] = Avx512F.UnpackHigh(first, second).AsUInt32();
            rows[i + 2] = Avx512F.UnpackLow(third, fourth).AsUInt32();
            rows[i + 3] = Avx512F.UnpackHigh(third, fourth).AsUInt32();
        }
        for (var i = 0; i < Quarter; i++)
        {
            var (a, b, c, d) = (rows[i], rows[i + Quarter], rows[i + 2 * Quarter], rows[i + 3 * Quarter]);
            var (evenUpper, evenLower) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(c, d, Even));
            var (oddUpper, oddLower) = (Avx512F.Shuffle4x128(a, b, Odd), Avx512F.Shuffle4x128(c, d, Odd));
            rows[i] = Avx512F.Shuffle4x128(evenUpper, evenLower, Even);
            rows[i + Quarter] = Avx512F.Shuffle4x128(oddUpper, oddLower, Even);
            rows[i + 2 * Quarter] = Avx512F.Shuffle4x128(evenUpper, evenLower, Odd);
            rows[i + 3 * Quarter] = Avx512F.Shuffle4x128(oddUpper, oddLower, Odd);
        }
    }
}
