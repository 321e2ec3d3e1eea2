using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>2ˣ, sixteen at a time, to within 2⁻¹⁴ of its value: a sixtieth of what rounding to bfloat16 may change.</summary>
internal static class PowerOfTwo
{
    /// <summary>The least x that has a power of its own; what is below has this one's, 10⁻³⁸.</summary>
    internal const float Least = -126;

    /// <summary>2ˣ = 2ⁿ·2ʳ with |r| ≤ 1/2, 2ʳ by its Taylor polynomial of degree 4.</summary>
    /// <param name="x">At most 0, or not a number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> x)
    {
        // The second operand is what comes of a comparison with no number.
        var bounded = Vector512.MaxNative(Vector512.Create(Least), x);
        // Adding and subtracting 1.5·2²³ rounds to whole numbers, which are then the lowest bits.
        var magic = Vector512.Create(12_582_912f);
        var shifted = bounded + magic;
        var r = bounded - (shifted - magic);
        var sum = Vector512.Create(0.00961812911f); // (ln 2)⁴/4!
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.0555041087f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.240226507f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.693147181f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<float>.One);
        return (sum.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }
}
