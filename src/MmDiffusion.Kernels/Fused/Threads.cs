using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MmDiffusion.Kernels.Runtime;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>Shares the work of own kernels among as many threads as the tensors' operations use.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Threads
{
    /// <summary>Fewer elements than this are one thread's work: sharing would take longer.</summary>
    internal const int LeastWork = 1 << 14;

    /// <summary>Runs an action for 0 … count - 1.</summary>
    /// <param name="count">How often.</param>
    /// <param name="elements">Numbers that all of it goes through.</param>
    /// <param name="action">Given each number once, by whichever thread.</param>
    public static void For(int count, long elements, Action<int> action) => Share(count, elements, (begin, end) =>
    {
        for (var i = begin; i < end; i++) action(i);
    });

    /// <summary>The same for what a thread wants to know as a whole.</summary>
    /// <param name="count">How often.</param>
    /// <param name="elements">Numbers that all of it goes through.</param>
    /// <param name="action">Given the elements of each thread: the first, and the one behind the last.</param>
    internal static void Share(int count, long elements, Action<int, int> action)
    {
        var threads = elements < LeastWork ? 1 : Math.Min(get_num_threads(), count);
        if (threads == 1) Part(0, 1);
        else if (OpenMp.IsAvailable) OpenMp.Run(threads, Part);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread => Part(thread, threads));

        void Part(int thread, int of) => action((int)((long)count * thread / of), (int)((long)count * (thread + 1) / of));
    }
}

/// <summary>Quotients rounded up.</summary>
internal static class Ceiling
{
    /// <summary>How many parts of a size it takes to hold so many; the last may hold fewer.</summary>
    internal static int Of(int count, int size) => (count + size - 1) / size;
}

/// <summary>Sixteen rows of as many elements of 32 bits become columns.</summary>
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
        // Squares of four by four elements first, each within a quarter of the vectors; then the quarters.
        for (var i = 0; i < Lanes; i += Quarter)
        {
            var (first, second) = (Avx512F.UnpackLow(rows[i], rows[i + 1]).AsUInt64(),
                Avx512F.UnpackLow(rows[i + 2], rows[i + 3]).AsUInt64());
            var (third, fourth) = (Avx512F.UnpackHigh(rows[i], rows[i + 1]).AsUInt64(),
                Avx512F.UnpackHigh(rows[i + 2], rows[i + 3]).AsUInt64());
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
