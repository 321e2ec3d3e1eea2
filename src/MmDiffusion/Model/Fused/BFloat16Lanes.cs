using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>bfloat16 in memory: the upper half of a float32. Rounds ties to even, as libtorch does.</summary>
internal readonly struct BFloat16Lanes : ILanes<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(ushort* from)
    {
        // One instruction, of which the general form makes five.
        if (Avx512F.IsSupported) return (Avx512F.ConvertToVector512UInt32(Vector256.Load(from)) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(Vector256.Load(from));
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(ushort* to, Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7fffu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
        // Adding to a NaN could carry it over to infinity.
        var safe = Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create(0x7fc0u));
        var narrow = Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(safe) : Vector256.Narrow(safe.GetLower(), safe.GetUpper());
        narrow.Store(to);
    }

    /// <summary>Stores the first of sixteen numbers.</summary>
    /// <param name="to">Where.</param>
    /// <param name="values">Of which the first count.</param>
    /// <param name="count">How many, up to all.</param>
    internal static unsafe void Store(ushort* to, Vector512<float> values, int count)
    {
        if (count == ILanes<ushort>.Count)
        {
            Store(to, values);
            return;
        }
        var rounded = stackalloc ushort[ILanes<ushort>.Count];
        Store(rounded, values);
        for (var i = 0; i < count; i++) to[i] = rounded[i];
    }
}
