using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// Attention along the frames of each pixel, where nothing is kept for a backward pass: frames are too few for matrix products, and to
/// bring those of a pixel together would move the whole clip through memory four times.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FrameAttention
{
    /// <summary>The most frames, and channels of a head, whose elements fit on a thread's stack.</summary>
    private const int Most = 128;

    /// <summary>softmax(q·kᵀ/√D)·v for every pixel and head.</summary>
    /// <param name="qkv">[B,F,P,3C], contiguous: queries, keys and values, each with its heads side by side.</param>
    /// <param name="heads">Heads that C is split into.</param>
    /// <returns>[B,F,P,C]</returns>
    public static Tensor Apply(Tensor qkv, long heads)
    {
        OperationCounter.AddAttention(qkv.numel() / 3, qkv.size(1));
        if (!IsFast(qkv, heads)) return ApplyAsTensors(qkv, heads);
        using var scope = NewDisposeScope();
        var result = empty([.. qkv.shape[..3], qkv.size(3) / 3], dtype: qkv.dtype);
        if (qkv.dtype == ScalarType.Float32) FrameAttentionKernel<float, Float32Lanes>.Run(qkv, result, (int)heads);
        else FrameAttentionKernel<ushort, BFloat16Lanes>.Run(qkv, result, (int)heads);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's operations, for other devices, formats and sizes.</summary>
    internal static Tensor ApplyAsTensors(Tensor qkv, long heads)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.unflatten(3, [3, heads, -1]).permute(0, 2, 4, 1, 3, 5); // [B,F,P,3C] → [B,P,heads,F,3,D]
        var (q, k, v) = (parts.select(4, 0), parts.select(4, 1), parts.select(4, 2));
        var weights = nn.functional.softmax(q.matmul(k.transpose(3, 4)).DividedBy(Math.Sqrt(q.size(4))), -1);
        return weights.matmul(v).permute(0, 3, 1, 2, 4).flatten(3).MoveToOuterDisposeScope(); // [B,P,heads,F,D] → [B,F,P,C]
    }

    private static bool IsFast(Tensor qkv, long heads) =>
        qkv.device_type == DeviceType.CPU && qkv.dtype is ScalarType.Float32 or ScalarType.BFloat16 && qkv.is_contiguous()
        && qkv.size(1) <= Most && qkv.size(3) / 3 / heads <= Most && qkv.size(3) / 3 / heads % ILanes<float>.Count == 0;
}

/// <summary>The way of <see cref="FrameAttention"/>: pixel by pixel and head by head, in float32 on the thread's stack.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class FrameAttentionKernel<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Queries that share what is read of keys and values.</summary>
    private const int Together = 4;

    /// <param name="qkv">[B,F,P,3C]</param>
    /// <param name="result">[B,F,P,C]</param>
    /// <param name="heads">Divides C by a multiple of <see cref="Lanes"/>.</param>
    internal static void Run(Tensor qkv, Tensor result, int heads)
    {
        T* source = TensorMemory.Address<T>(qkv), target = TensorMemory.Address<T>(result);
        var (frames, pixels, channels) = ((int)result.size(1), (int)result.size(2), (int)result.size(3));
        var (width, positions) = (channels / heads, (int)result.size(0) * pixels);
        var atOnce = Math.Clamp(Threads.LeastWork / (frames * channels), 1, positions);
        Threads.For((positions + atOnce - 1) / atOnce, qkv.numel(), piece =>
        {
            var (queries, keys) = (RoundUp(frames, Together), RoundUp(frames, Lanes));
            float* q = stackalloc float[queries * width],
                kT = stackalloc float[width * keys],
                v = stackalloc float[keys * width],
                weights = stackalloc float[queries * keys];
            var end = Math.Min(positions, (piece + 1) * atOnce);
            for (var position = piece * atOnce; position < end; position++)
            {
                var first = (long)(position / pixels) * frames * pixels + position % pixels; // Of the pixel in the first frame.
                for (var head = 0; head < heads; head++)
                {
                    Load(
                        source + first * 3 * channels + head * width, (long)pixels * 3 * channels, channels, frames, keys, width, q, kT, v);
                    for (var query = 0; query < frames; query += Together)
                        Score(q + query * width, kT, weights + query * keys, keys, width);
                    for (var query = 0; query < frames; query++) Normalise(weights + query * keys, frames, keys);
                    for (var query = 0; query < frames; query += Together)
                        Sum(
                            weights + query * keys, v, target + (first + (long)query * pixels) * channels + head * width,
                            (long)pixels * channels, Math.Min(Together, frames - query), frames, keys, width);
                }
            }
        });
    }

    /// <summary>One head of one pixel: queries scaled, keys transposed, values; what frames lack for whole vectors is zero.</summary>
    private static void Load(T* row, long stride, int channels, int frames, int keys, int width, float* q, float* kT, float* v)
    {
        var scale = Vector512.Create(1 / MathF.Sqrt(width));
        var key = stackalloc float[Lanes];
        new Span<float>(kT, width * keys).Clear();
        for (var frame = 0; frame < frames; frame++, row += stride)
            for (var c = 0; c < width; c += Lanes)
            {
                (TLanes.Load(row + c) * scale).Store(q + frame * width + c);
                TLanes.Load(row + channels + c).Store(key);
                for (var lane = 0; lane < Lanes; lane++) kT[(c + lane) * keys + frame] = key[lane];
                TLanes.Load(row + 2 * channels + c).Store(v + frame * width + c);
            }
    }

    /// <summary>The scores of four queries.</summary>
    private static void Score(float* q, float* kT, float* scores, int keys, int width)
    {
        for (var key = 0; key < keys; key += Lanes)
        {
            var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (var c = 0; c < width; c++)
            {
                var k = Vector512.Load(kT + c * keys + key);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(q[c]), k, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(q[width + c]), k, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(q[2 * width + c]), k, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(q[3 * width + c]), k, s3);
            }
            s0.Store(scores + key);
            s1.Store(scores + keys + key);
            s2.Store(scores + 2 * keys + key);
            s3.Store(scores + 3 * keys + key);
        }
    }

    /// <summary>The softmax of a row, of which the first elements count.</summary>
    private static void Normalise(float* row, int count, int keys)
    {
        new Span<float>(row + count, keys - count).Fill(float.NegativeInfinity);
        var largest = Vector512.Load(row);
        for (var key = Lanes; key < keys; key += Lanes) largest = Vector512.MaxNative(Vector512.Load(row + key), largest);
        var (origin, sum) = (Vector512.Create(Horizontal.Largest(largest)), Vector512<float>.Zero);
        for (var key = 0; key < keys; key += Lanes)
        {
            var x = Vector512.Load(row + key) - origin;
            // Below its range the exponential is 0; NaN compares as false and stays none.
            var e = Vector512.AndNot(Exponential.Of(x), Vector512.LessThan(x, Vector512.Create(-Exponential.Largest)));
            e.Store(row + key);
            sum += e;
        }
        var factor = Vector512.Create(1 / Vector512.Sum(sum));
        for (var key = 0; key < keys; key += Lanes) (Vector512.Load(row + key) * factor).Store(row + key);
    }

    /// <summary>
    /// The weighted sums of values for up to four queries; rows of weights beyond them are read, but nothing is written for them.
    /// </summary>
    private static void Sum(float* weights, float* v, T* to, long stride, int queries, int frames, int keys, int width)
    {
        for (var c = 0; c < width; c += Lanes)
        {
            var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (var frame = 0; frame < frames; frame++)
            {
                var value = Vector512.Load(v + frame * width + c);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(weights[frame]), value, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(weights[keys + frame]), value, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(weights[2 * keys + frame]), value, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(weights[3 * keys + frame]), value, s3);
            }
            TLanes.Store(to + c, s0);
            if (queries > 1) TLanes.Store(to + stride + c, s1);
            if (queries > 2) TLanes.Store(to + 2 * stride + c, s2);
            if (queries > 3) TLanes.Store(to + 3 * stride + c, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RoundUp(int count, int unit) => (count + unit - 1) / unit * unit;
}
