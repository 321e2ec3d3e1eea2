using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Collectives;

namespace MmDiffusion.Distributed;

/// <summary>float32 as it travels, and back.</summary>
internal static class WireTypes
{
    /// <summary>Bytes of so many values.</summary>
    internal static int Bytes(int count, WireFormat wire) => count * (wire == WireFormat.Float32 ? sizeof(float) : sizeof(ushort));

    /// <summary>The bytes that travel: the values' own memory, or rounded into a buffer.</summary>
    internal static ReadOnlySpan<byte> Pack(ReadOnlySpan<float> values, WireFormat wire, byte[] buffer)
    {
        if (wire == WireFormat.Float32) return MemoryMarshal.AsBytes(values);
        var packed = MemoryMarshal.Cast<byte, ushort>(buffer.AsSpan(0, Bytes(values.Length, wire)));
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= bits.Length - 2 * Vector512<uint>.Count; i += 2 * Vector512<uint>.Count)
                Vector512.Narrow(Round(Vector512.Create(bits[i..])), Round(Vector512.Create(bits[(i + Vector512<uint>.Count)..])))
                    .CopyTo(packed[i..]);
        for (; i < bits.Length; i++) packed[i] = Round(values[i], bits[i]);
        return MemoryMarshal.AsBytes(packed);
    }

    /// <summary>Values that arrived.</summary>
    internal static void Unpack(ReadOnlySpan<byte> bytes, WireFormat wire, Span<float> values)
    {
        if (wire == WireFormat.Float32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }
        var packed = MemoryMarshal.Cast<byte, ushort>(bytes);
        var i = 0;
        for (; i <= packed.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Widen(packed[i..], out var low, out var high);
            low.CopyTo(values[i..]);
            high.CopyTo(values[(i + Vector<float>.Count)..]);
        }
        for (; i < packed.Length; i++) values[i] = Widen(packed[i]);
    }

    /// <summary>Adds values that arrived.</summary>
    internal static void Add(ReadOnlySpan<byte> bytes, WireFormat wire, Span<float> sum)
    {
        var i = 0;
        if (wire == WireFormat.BFloat16)
        {
            var packed = MemoryMarshal.Cast<byte, ushort>(bytes);
            for (; i <= packed.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Widen(packed[i..], out var low, out var high);
                (new Vector<float>(sum[i..]) + low).CopyTo(sum[i..]);
                (new Vector<float>(sum[(i + Vector<float>.Count)..]) + high).CopyTo(sum[(i + Vector<float>.Count)..]);
            }
            for (; i < packed.Length; i++) sum[i] += Widen(packed[i]);
            return;
        }
        var values = MemoryMarshal.Cast<byte, float>(bytes);
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sum[i..]) + new Vector<float>(values[i..])).CopyTo(sum[i..]);
        for (; i < values.Length; i++) sum[i] += values[i];
    }

    private static void Widen(ReadOnlySpan<ushort> packed, out Vector<float> low, out Vector<float> high)
    {
        Vector.Widen(new Vector<ushort>(packed), out var first, out var second);
        (low, high) = (Vector.AsVectorSingle(first << 16), Vector.AsVectorSingle(second << 16));
    }

    private static float Widen(ushort packed) => BitConverter.UInt32BitsToSingle((uint)packed << 16);

    // To nearest, ties to even. What is not a number stays so: rounding could carry it into an infinity.
    private static ushort Round(float value, uint bits) =>
        float.IsNaN(value) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);

    private static Vector512<uint> Round(Vector512<uint> bits)
    {
        var rounded = (bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        var number = Vector512.Equals(bits.AsSingle(), bits.AsSingle()).AsUInt32();
        return Vector512.ConditionalSelect(number, rounded, Vector512.Create(0x7fc0u));
    }
}
