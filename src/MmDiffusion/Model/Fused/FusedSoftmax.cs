using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// The softmax of attention where nothing is kept for a way back, in two halves around the product with the values: scores become
/// exponentials in place, and what they have to be divided by waits until that product, which is smaller, is written out.
/// </summary>
internal static unsafe class FusedSoftmax
{
    private const int Lanes = ILanes<ushort>.Count;

    /// <summary>softmax(scale·scores) = exponentials·factor, row by row.</summary>
    /// <param name="scores">[M,T,S], contiguous; in bfloat16 on the CPU they become the exponentials, of which the largest in a row is 1.</param>
    /// <param name="scale">Above 0.</param>
    /// <returns>The exponentials, as the scores; and the factors, float32 [M,T].</returns>
    internal static (Tensor Exponentials, Tensor Factors) Exponentiate(Tensor scores, double scale)
    {
        if (!IsFast(scores)) return ExponentiateAsTensors(scores, scale);
        var (row, rows) = ((int)scores.shape[2], (int)(scores.shape[0] * scores.shape[1]));
        var factors = empty(scores.shape[0], scores.shape[1]);
        var atOnce = Math.Clamp(Threads.LeastWork / row, 1, rows);
        var first = Memory.Of<ushort>(scores);
        var factor = Memory.Of<float>(factors);
        Threads.For((rows + atOnce - 1) / atOnce, scores.numel(), piece =>
        {
            var end = Math.Min(rows, (piece + 1) * atOnce);
            for (var i = piece * atOnce; i < end; i++) factor[i] = 1 / Exponentiate(first + (long)i * row, row, (float)(scale / Math.Log(2)));
        });
        return (scores.alias(), factors);
    }

    /// <summary>The same by libtorch's operations, for other devices and formats; the scores stay.</summary>
    internal static (Tensor Exponentials, Tensor Factors) ExponentiateAsTensors(Tensor scores, double scale)
    {
        using var scope = NewDisposeScope();
        var exponentials = ((scores - scores.amax([2], keepdim: true)) * scale).exp();
        var factors = exponentials.to_type(ScalarType.Float32).sum(2).reciprocal();
        return (exponentials.MoveToOuterDisposeScope(), factors.MoveToOuterDisposeScope());
    }

    /// <summary>Writes 2^(scale·(score − largest)) over the scores and gives their sum.</summary>
    private static float Exponentiate(ushort* scores, int length, float scale)
    {
        var whole = length - length % Lanes;
        var rest = stackalloc ushort[Lanes];
        // What the row lacks for sixteen is -∞, which weighs nothing.
        BFloat16Lanes.Store(rest, Vector512.Create(float.NegativeInfinity));
        new ReadOnlySpan<ushort>(scores + whole, length - whole).CopyTo(new Span<ushort>(rest, Lanes));
        var origin = Vector512.Create(Largest(scores, whole, BFloat16Lanes.Load(rest)));
        var (factor, sum) = (Vector512.Create(scale), Vector512<float>.Zero);
        for (var i = 0; i < whole; i += Lanes)
        {
            var power = PowerOfTwo.Of((BFloat16Lanes.Load(scores + i) - origin) * factor);
            BFloat16Lanes.Store(scores + i, power);
            sum += power;
        }
        if (whole < length)
        {
            var power = PowerOfTwo.Of((BFloat16Lanes.Load(rest) - origin) * factor);
            BFloat16Lanes.Store(rest, power);
            new ReadOnlySpan<ushort>(rest, length - whole).CopyTo(new Span<ushort>(scores + whole, length - whole));
            sum += power;
        }
        return Vector512.Sum(sum);
    }

    /// <summary>The largest number of a row; what is no number counts only if all are such, and shows in the sum.</summary>
    private static float Largest(ushort* scores, int whole, Vector512<float> rest)
    {
        var (even, odd) = (rest, rest);
        var i = 0;
        for (; i + Lanes < whole; i += 2 * Lanes)
        {
            even = Vector512.MaxNative(BFloat16Lanes.Load(scores + i), even);
            odd = Vector512.MaxNative(BFloat16Lanes.Load(scores + i + Lanes), odd);
        }
        if (i < whole) even = Vector512.MaxNative(BFloat16Lanes.Load(scores + i), even);
        return Horizontal.Largest(Vector512.MaxNative(even, odd));
    }

    private static bool IsFast(Tensor scores) =>
        scores.device_type == DeviceType.CPU && scores.dtype == ScalarType.BFloat16 && scores.is_contiguous() && scores.shape[2] > 0 && scores.numel() > 0;
}
