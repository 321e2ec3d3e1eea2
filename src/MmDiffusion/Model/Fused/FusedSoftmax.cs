using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// softmax(scale·scores) over the last dimension, for attention where nothing is kept for a way back: in place, without a pass for the scale,
/// and with one exponential for sixteen scores.
/// </summary>
internal static unsafe class FusedSoftmax
{
    private const int Lanes = ILanes<ushort>.Count;

    /// <summary>The longest row whose exponentials fit on a thread's stack.</summary>
    private const int LongestRow = 1 << 14;

    /// <summary>Weights of attention.</summary>
    /// <param name="scores">[…,S], contiguous; in bfloat16 on the CPU they become the result.</param>
    /// <param name="scale">Above 0.</param>
    /// <returns>As the scores; each row sums to 1.</returns>
    internal static Tensor Apply(Tensor scores, double scale)
    {
        if (!IsFast(scores)) return ApplyAsTensors(scores, scale);
        var (row, rows) = ((int)scores.shape[^1], (int)(scores.numel() / scores.shape[^1]));
        var atOnce = Math.Clamp(Threads.LeastWork / row, 1, rows);
        var first = Memory.Of<ushort>(scores);
        Threads.For((rows + atOnce - 1) / atOnce, scores.numel(), piece =>
        {
            var exponentials = stackalloc float[row + Lanes];
            var end = Math.Min(rows, (piece + 1) * atOnce);
            for (var i = piece * atOnce; i < end; i++) Normalise(first + (long)i * row, row, (float)scale, exponentials);
        });
        return scores.alias();
    }

    /// <summary>The same by libtorch's operations, for other devices and formats.</summary>
    internal static Tensor ApplyAsTensors(Tensor scores, double scale)
    {
        using var scope = NewDisposeScope();
        return nn.functional.softmax(scores * scale, -1).MoveToOuterDisposeScope();
    }

    private static void Normalise(ushort* scores, int length, float scale, float* exponentials)
    {
        var whole = length - length % Lanes;
        var rest = stackalloc ushort[Lanes];
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < whole; i += Lanes) largest = Vector512.Max(largest, BFloat16Lanes.Load(scores + i));
        if (whole < length)
        {
            // What the row lacks for sixteen is -∞, which weighs nothing.
            BFloat16Lanes.Store(rest, Vector512.Create(float.NegativeInfinity));
            new ReadOnlySpan<ushort>(scores + whole, length - whole).CopyTo(new Span<ushort>(rest, Lanes));
            largest = Vector512.Max(largest, BFloat16Lanes.Load(rest));
        }
        var origin = Vector512.Create(Largest(largest));
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < length; i += Lanes)
        {
            var x = (BFloat16Lanes.Load(i < whole ? scores + i : rest) - origin) * scale;
            // Below its range the exponential is 0; what is no number compares as false and stays none.
            var e = Vector512.AndNot(Exponential.Of(x), Vector512.LessThan(x, Vector512.Create(-Exponential.Largest)));
            e.Store(exponentials + i);
            sum += e;
        }
        var factor = Vector512.Create(1 / Vector512.Sum(sum));
        for (var i = 0; i < whole; i += Lanes) BFloat16Lanes.Store(scores + i, Vector512.Load(exponentials + i) * factor);
        if (whole == length) return;
        BFloat16Lanes.Store(rest, Vector512.Load(exponentials + whole) * factor);
        new ReadOnlySpan<ushort>(rest, length - whole).CopyTo(new Span<ushort>(scores + whole, length - whole));
    }

    private static float Largest(Vector512<float> values)
    {
        var lanes = stackalloc float[Lanes];
        values.Store(lanes);
        var largest = lanes[0];
        for (var i = 1; i < Lanes; i++) largest = MathF.Max(largest, lanes[i]);
        return largest;
    }

    private static bool IsFast(Tensor scores) =>
        scores.device_type == DeviceType.CPU && scores.dtype == ScalarType.BFloat16 && scores.is_contiguous() && scores.shape[^1] is > 0 and <= LongestRow && scores.numel() > 0;
}
