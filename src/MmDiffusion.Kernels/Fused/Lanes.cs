using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Kernels.Fused;

/// <summary>Reads and writes sixteen elements of one format as float32.</summary>
/// <typeparam name="T">How a number is stored.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ILanes<T> where T : unmanaged
{
    /// <summary>Numbers taken at a time.</summary>
    const int Count = 16;

    /// <summary>Reads sixteen elements.</summary>
    static abstract unsafe Vector512<float> Load(T* from);

    /// <summary>Writes sixteen elements, rounded to the nearest.</summary>
    static abstract unsafe void Store(T* to, Vector512<float> values);
}

/// <summary>float32 in memory.</summary>
internal readonly struct Float32Lanes : ILanes<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(float* to, Vector512<float> values) => values.Store(to);
}

/// <summary>bfloat16 in memory: the upper half of a float32. Rounds ties to even, as libtorch does.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct BFloat16Lanes : ILanes<ushort>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(ushort* from)
    {
        // One instruction, of which the general form makes five.
        if (Avx512F.IsSupported) return (Avx512F.ConvertToVector512UInt32(Vector256.Load(from)) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(Vector256.Load(from));
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    /// <inheritdoc/>
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

    /// <summary>Stores the first of sixteen elements.</summary>
    /// <param name="to">Where.</param>
    /// <param name="values">Of which the first count.</param>
    /// <param name="count">How many, up to all.</param>
    public static unsafe void Store(ushort* to, Vector512<float> values, int count)
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

/// <summary>One number of sixteen.</summary>
internal static class Horizontal
{
    /// <summary>The largest, by halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}

/// <summary>eˣ, sixteen at a time, to within two units in the last position.</summary>
internal static class Exponential
{
    /// <summary>The largest magnitude of x.</summary>
    internal const float Largest = 87;

    /// <summary>eˣ = 2ⁿ·eʳ with |r| ≤ ln 2/2, eʳ by its Taylor polynomial of degree 7, whose rest is below 2⁻²⁷.</summary>
    /// <param name="x">In ±<see cref="Largest"/>, or not a number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> x)
    {
        // Adding and subtracting 1.5·2²³ rounds to whole elements, which are then the lowest bits.
        var magic = Vector512.Create(12_582_912f);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693145752f), x); // ln 2 in two parts, the first exact in products.
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.42860677e-6f), r);
        var sum = Vector512.Create(1f / 5040);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 720));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.5f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<float>.One);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<float>.One);
        return (sum.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }
}

/// <summary>
/// 2ˣ, sixteen at a time, by the instructions of AVX-512: 2ⁿ·2ʳ with n ≤ x and r below 1, 2ʳ by the polynomial of least relative
/// error.
/// </summary>
internal static class PowerOfTwo
{
    private const byte Floor = 0b1001;

    /// <summary>To within 2⁻¹³, a sixteenth of what rounding to bfloat16 may change.</summary>
    /// <param name="x">Of any size, or not a number; -∞ gives 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Roughly(Vector512<float> x)
    {
        var r = Avx512DQ.Reduce(x, Floor);
        var sum = Vector512.Create(0.0780245273f);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.226067149f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.695833543f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.999925219f));
        return Avx512F.Scale(sum, x);
    }

    /// <summary>To within two units in the last position.</summary>
    /// <param name="x">Of any size, or not a number; -∞ gives 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> x)
    {
        var r = Avx512DQ.Reduce(x, Floor);
        var sum = Vector512.Create(0.000217022557f);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.00124396877f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.00967884102f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.055483342f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.240229836f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.693146984f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<float>.One);
        return Avx512F.Scale(sum, x);
    }
}

/// <summary>1/(1 + e⁻ᶻ), sixteen at a time.</summary>
internal static class Sigmoid
{
    /// <summary>
    /// 1 and more can be added to its power of two, and the reciprocal is no smaller than elements of full precision are.
    /// </summary>
    private const float LargestPower = 125;

    /// <summary>As exactly as features in a format are stored.</summary>
    /// <typeparam name="T">How they are stored.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> For<T>(Vector512<float> z) where T : unmanaged => typeof(T) == typeof(float) ? Of(z) : Nearly(z);

    /// <summary>To within three units in the last position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> z)
    {
        var one = Vector512<float>.One;
        // Where either is NaN, these give the second.
        var bounded = Vector512.MinNative(
            Vector512.Create(Exponential.Largest),
            Vector512.MaxNative(Vector512.Create(-Exponential.Largest), -z));
        return one / (one + Exponential.Of(bounded));
    }

    /// <summary>To within 2⁻²⁰ + |z|·2⁻²⁴, a thousandth of what rounding to bfloat16 may change; half the work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Nearly(Vector512<float> z)
    {
        if (!Avx512F.IsSupported || !Avx512DQ.IsSupported) return Of(z);
        // The least of both is the second where one is NaN.
        var power = Vector512.MinNative(Vector512.Create(LargestPower), z * (float)(-1 / Math.Log(2)));
        var sum = Vector512<float>.One + PowerOfTwo.Of(power);
        // One step of Newton's doubles the digits of what the processor gives.
        var roughly = Avx512F.Reciprocal14(sum);
        return roughly * Vector512.FusedMultiplyAdd(-sum, roughly, Vector512.Create(2f));
    }
}
