using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>1/(1 + e⁻ᶻ), sixteen at a time.</summary>
internal static class Sigmoid
{
    /// <summary>1 and more can be added to its power of two, and the reciprocal is no smaller than numbers of full precision are.</summary>
    private const float LargestPower = 125;

    /// <summary>As exactly as features in a format are stored.</summary>
    /// <typeparam name="T">How they are stored.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> For<T>(Vector512<float> z) where T : unmanaged => typeof(T) == typeof(float) ? Of(z) : Nearly(z);

    /// <summary>To within three units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> z)
    {
        var one = Vector512<float>.One;
        // Where one of both is no number, these give the second.
        var bounded = Vector512.MinNative(Vector512.Create(Exponential.Largest), Vector512.MaxNative(Vector512.Create(-Exponential.Largest), -z));
        return one / (one + Exponential.Of(bounded));
    }

    /// <summary>To within 2⁻²⁰ + |z|·2⁻²⁴, a thousandth of what rounding to bfloat16 may change; half the work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Nearly(Vector512<float> z)
    {
        if (!Avx512F.IsSupported || !Avx512DQ.IsSupported) return Of(z);
        // The least of both is the second where one is no number.
        var power = Vector512.MinNative(Vector512.Create(LargestPower), z * (float)(-1 / Math.Log(2)));
        var sum = Vector512<float>.One + PowerOfTwo.Of(power);
        // One step of Newton's doubles the digits of what the processor gives.
        var roughly = Avx512F.Reciprocal14(sum);
        return roughly * Vector512.FusedMultiplyAdd(-sum, roughly, Vector512.Create(2f));
    }
}
