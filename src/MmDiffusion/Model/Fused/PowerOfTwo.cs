using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Model;

/// <summary>2ˣ, sixteen at a time, by the instructions of AVX-512: 2ⁿ·2ʳ with n ≤ x and r below 1, 2ʳ by the polynomial of least relative error.</summary>
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

    /// <summary>To within two units in the last place.</summary>
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
