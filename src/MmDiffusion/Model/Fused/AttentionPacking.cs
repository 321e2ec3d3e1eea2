using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>Keys and values in the order in which <see cref="Primitives.BlockProducts"/> reads them.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads them.</typeparam>
internal static unsafe class AttentionPacking<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Keys from the first on side by side: rows of 32 bits of each; what they lack for whole vectors is zero.</summary>
    /// <param name="keys">The first row of all.</param>
    /// <param name="stride">Numbers from one to the next.</param>
    /// <param name="first">Which is the first that is seen.</param>
    /// <param name="all">After so many comes the first of all.</param>
    /// <param name="room">Where they are put, and how many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackKeys(T* keys, long stride, int first, int all, AttentionRoom<T> room)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var key = 0; key < room.KeySpace; key += Lanes)
            for (var unit = 0; unit < room.Width * sizeof(T) / sizeof(uint); unit += Lanes)
            {
                for (var i = 0; i < Lanes; i++)
                    block[i] = key + i < room.KeyCount ? Vector512.Load((uint*)(keys + Wrap(first + key + i, all) * stride) + unit) : Vector512<uint>.Zero;
                SquareTransposition.Apply(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)room.Keys + (long)(unit + i) * room.KeyStride + key);
            }
    }

    /// <summary>Values from the first key's on, one after the other, of bfloat16 in pairs; what they lack is zero.</summary>
    /// <param name="values">The first row of all.</param>
    /// <param name="stride">Numbers from one to the next.</param>
    /// <param name="first">Which is the first that is seen.</param>
    /// <param name="all">After so many comes the first of all.</param>
    /// <param name="room">Where they are put, and how many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackValues(T* values, long stride, int first, int all, AttentionRoom<T> room)
    {
        for (var key = 0; key < room.KeySpace; key += 2)
        {
            var even = key < room.KeyCount ? values + Wrap(first + key, all) * stride : null;
            var odd = key + 1 < room.KeyCount ? values + Wrap(first + key + 1, all) * stride : null;
            for (var c = 0; c < room.Width; c += Lanes)
            {
                var (one, two) = (even == null ? Vector512<float>.Zero : TLanes.Load(even + c), odd == null ? Vector512<float>.Zero : TLanes.Load(odd + c));
                var to = (float*)(room.Values + (long)key * room.Width);
                if (typeof(T) == typeof(float))
                {
                    one.Store(to + c);
                    two.Store(to + room.Width + c);
                }
                else
                {
                    (one.AsUInt32() >> 16 | two.AsUInt32()).Store((uint*)to + c);
                }
            }
        }
    }

    private static long Wrap(int key, int all) => key < all ? key : key - all;
}
