using System.ComponentModel;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels;

/// <summary>
/// Arithmetic of tensors with elements, and the sum of two tensors. TorchSharp passes each number, and the factor 1 of its sums, to
/// libtorch as a <see cref="Scalar"/> that nothing holds during the call: a garbage collection meanwhile may finalise it, and libtorch then
/// reads memory that was released. Here every scalar is held until the call is back. A test refuses TorchSharp's own operators and methods.
/// </summary>
/// <remarks>Whole elements stay whole, as in TorchSharp: they leave the type of an integer tensor as it is.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TensorArithmetic
{
    // A static field holds these for good.
    private static readonly Scalar Zero = 0L.ToScalar();
    private static readonly Scalar One = 1L.ToScalar();

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + factor · y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.add(y, scalar);
    }

    /// <summary>x + number.</summary>
    [OverloadResolutionPriority(1)] // A number could also become a tensor.
    public static Tensor Plus(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.add(scalar, One);
    }

    /// <summary>x + y · z, element by element.</summary>
    internal static Tensor PlusProduct(this Tensor x, Tensor y, Tensor z) => x.addcmul(y, z, One);

    /// <summary>x − number.</summary>
    public static Tensor Minus(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.sub(scalar);
    }

    /// <summary>number − x.</summary>
    public static Tensor SubtractedFrom(this Tensor x, Number number) => (-x).Plus(number);

    /// <summary>x · number.</summary>
    public static Tensor Times(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.mul(scalar);
    }

    /// <summary>x / number.</summary>
    public static Tensor DividedBy(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.div(scalar);
    }

    /// <summary>⌊x / number⌋.</summary>
    public static Tensor FloorDividedBy(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.div(scalar, RoundingMode.floor);
    }

    /// <summary>x to the power of a number.</summary>
    public static Tensor Power(this Tensor x, Number exponent)
    {
        using var scalar = exponent.ToScalar();
        return x.pow(scalar);
    }

    /// <summary>x².</summary>
    public static Tensor Squared(this Tensor x) => x.Power(2);

    /// <summary>x, but at least <paramref name="min"/> and at most <paramref name="max"/>, of which one may be absent.</summary>
    public static Tensor Clamped(this Tensor x, Number? min = null, Number? max = null)
    {
        using var low = min?.ToScalar();
        using var high = max?.ToScalar();
        return x.clamp(low, high);
    }

    /// <summary>Whether each element is equal to a number.</summary>
    public static Tensor EqualTo(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.eq(scalar);
    }

    /// <summary>Whether each element is less than a number.</summary>
    public static Tensor LessThan(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.lt(scalar);
    }

    /// <summary>Whether each element is a number or less.</summary>
    public static Tensor AtMost(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.le(scalar);
    }

    /// <summary>Whether each element is greater than a number.</summary>
    public static Tensor GreaterThan(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.gt(scalar);
    }

    /// <summary>Whether each element is a number or more.</summary>
    public static Tensor AtLeast(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.ge(scalar);
    }

    /// <summary>x, with a number where the mask is true.</summary>
    public static Tensor MaskedFill(this Tensor x, Tensor mask, Number number)
    {
        using var scalar = number.ToScalar();
        return x.masked_fill(mask, scalar);
    }

    /// <summary>x ← x + y. Like all that change x in place, returns x.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x ← x + factor · y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.add_(y, scalar);
    }

    /// <summary>x ← x + number.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor AddInPlace(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.add_(scalar, One);
    }

    /// <summary>x ← x + factor · (y · z), element by element.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor y, Tensor z, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.addcmul_(y, z, scalar);
    }

    /// <summary>x ← x + factor · (y / z), element by element.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor y, Tensor z, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.addcdiv_(y, z, scalar);
    }

    /// <summary>x ← x − number.</summary>
    public static Tensor SubtractInPlace(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.sub_(scalar);
    }

    /// <summary>x ← x · number.</summary>
    public static Tensor MultiplyInPlace(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.mul_(scalar);
    }

    /// <summary>x ← x / number.</summary>
    public static Tensor DivideInPlace(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.div_(scalar);
    }

    /// <summary>x ← x, but at least <paramref name="min"/> and at most <paramref name="max"/>.</summary>
    public static Tensor ClampInPlace(this Tensor x, Number min, Number max)
    {
        using var low = min.ToScalar();
        using var high = max.ToScalar();
        return x.clamp_(low, high);
    }

    /// <summary>Sets every element of x.</summary>
    public static Tensor FillInPlace(this Tensor x, Number number)
    {
        using var scalar = number.ToScalar();
        return x.fill_(scalar);
    }

    /// <summary>A tensor of one number.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="number">The number.</param>
    /// <param name="type">Type of the elements; null for libtorch's default.</param>
    /// <param name="device">Where it is made; null for the CPU.</param>
    public static Tensor Full(long[] shape, Number number, ScalarType? type = null, Device? device = null)
    {
        using var scalar = number.ToScalar();
        return full(shape, scalar, type, device);
    }

    /// <summary>0, 1, … count − 1.</summary>
    /// <param name="count">How many.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="device">Where it is made; null for the CPU.</param>
    public static Tensor Range(long count, ScalarType type, Device? device = null)
    {
        using var stop = count.ToScalar();
        return arange(Zero, stop, One, type, device);
    }
}

/// <summary>A number that a tensor is calculated with: whole or real, which decides the type of a result.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Number
{
    private readonly bool _isWhole;
    private readonly long _whole;
    private readonly double _real;

    private Number(long whole) => (_isWhole, _whole) = (true, whole);

    private Number(double real) => _real = real;

    /// <summary>A whole number.</summary>
    public static implicit operator Number(long whole) => new(whole);

    /// <summary>Any number.</summary>
    public static implicit operator Number(double real) => new(real);

    /// <summary>As libtorch wants it; the caller holds it until a native call is back, and disposes it.</summary>
    internal Scalar ToScalar() => _isWhole ? _whole.ToScalar() : _real.ToScalar();
}
