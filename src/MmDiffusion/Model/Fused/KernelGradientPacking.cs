using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>Inputs and gradients of outputs in the order in which <see cref="Primitives.BlockProducts"/> reads them.</summary>
internal static unsafe class KernelGradientPacking
{
    private const int Lanes = KernelGradientPlan.Lanes;

    /// <summary>Some channels of all listed places, which become rows of places; channels that there are not are zero.</summary>
    /// <param name="room">Where they are listed and put.</param>
    /// <param name="first">The first channel.</param>
    /// <param name="count">Channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackInputs(KernelGradientRoom room, int first, int count)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var place = 0; place < room.CopiedSpace; place += 2 * Lanes)
            for (var c = 0; c < count; c += Lanes)
            {
                var places = room.InputPlaces + place;
                for (var i = 0; i < Lanes; i++) block[i] = Pair(places[2 * i] + first + c, places[2 * i + 1] + first + c, count - c);
                SquareTransposition.Apply(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)(room.Inputs + (long)(c + i) * room.InputStride + place));
            }
    }

    /// <summary>Some outputs of all listed places, in pairs of places; outputs that there are not are zero.</summary>
    /// <param name="room">Where they are listed and put.</param>
    /// <param name="places">How many places.</param>
    /// <param name="first">The first output.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="sums">What each output's sum is added to, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackOutputs(KernelGradientRoom room, int places, int first, int count, float* sums)
    {
        var space = KernelGradientPlan.Pad(count);
        for (var c = 0; c < count; c += Lanes)
        {
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var to = (uint*)room.Outputs + c;
            for (var place = 0; place < places; place += 2, to += space)
            {
                var pair = Pair(room.OutputPlaces[place] + first + c, room.OutputPlaces[place + 1] + first + c, count - c);
                pair.Store(to);
                even += (pair << 16).AsSingle();
                odd += (pair & Vector512.Create(0xffff0000u)).AsSingle();
            }
            if (sums != null) (Vector512.Load(sums + c) + (even + odd)).Store(sums + c);
        }
    }

    /// <summary>Has the processor fetch what will be packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fetch(ushort** places, int placeCount, int first, int count)
    {
        for (var i = 0; i < placeCount; i++)
            for (var c = 0; c < count; c += 2 * Lanes) Sse.Prefetch1(places[i] + first + c);
    }

    /// <summary>Sixteen pairs; from the count on they are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(ushort* one, ushort* two, int count) => RowPairs.Of(Load(one, count), Load(two, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Load(ushort* from, int count)
    {
        if (count >= Lanes) return Vector256.Load(from);
        var exists = Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));
        return Avx512BW.VL.MaskLoad(from, exists, Vector256<ushort>.Zero);
    }
}
