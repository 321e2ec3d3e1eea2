using System.ComponentModel;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// Group normalisation of each pixel's frames on their own, where nothing is kept for a backward pass: the frames of a pixel lie apart in
/// memory and stay there.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FrameNorm
{
    /// <summary>The most channels whose statistics fit on a thread's stack.</summary>
    private const int MostChannels = 1 << 13;

    /// <summary>norm(x)·weight + bias, statistics over the frames of a pixel and the channels of a group.</summary>
    /// <param name="x">[B,F,P,C], contiguous, float32 or bfloat16.</param>
    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="groups">Divides C.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor bias, int groups)
    {
        if (!IsFast(x)) return ApplyAsTensors(x, weight, bias, groups);
        using var scope = NewDisposeScope();
        var result = empty_like(x);
        if (x.dtype == ScalarType.Float32) FrameNormKernel<float, Float32Lanes>.Run(x, weight, bias, result, groups);
        else FrameNormKernel<ushort, BFloat16Lanes>.Run(x, weight, bias, result, groups);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's operations, for other devices, formats and sizes.</summary>
    internal static Tensor ApplyAsTensors(Tensor x, Tensor weight, Tensor bias, int groups)
    {
        using var scope = NewDisposeScope();
        var (b, f, p, c) = (x.size(0), x.size(1), x.size(2), x.size(3));
        var sequences = x.permute(0, 2, 3, 1).reshape(b * p, c, f); // [B,F,P,C] → [B*P,C,F]
        var normed = nn.functional.group_norm(sequences.to_type(weight.dtype), groups, weight, bias, FusedNorm.Epsilon).to_type(x.dtype);
        return normed.view(b, p, c, f).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static bool IsFast(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.is_contiguous()
        && x.size(3) % ILanes<float>.Count == 0 && x.size(3) <= MostChannels;
}

/// <summary>The way of <see cref="FrameNorm"/>: some neighbouring pixels at a time, so that what is read again is in the cache.</summary>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class FrameNormKernel<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Numbers of a frame that are worked on at once, at least those of one pixel.</summary>
    private const int NumbersAtOnce = 2048;

    internal static void Run(Tensor x, Tensor weight, Tensor bias, Tensor result, int groups)
    {
        T* source = TensorMemory.Address<T>(x), target = TensorMemory.Address<T>(result);
        float* gains = TensorMemory.Address<float>(weight), shifts = TensorMemory.Address<float>(bias);
        var (frames, pixels, channels) = ((int)x.size(1), (int)x.size(2), (int)x.size(3));
        var atOnce = Math.Clamp(NumbersAtOnce / channels, 1, pixels);
        var (pieces, stride) = ((pixels + atOnce - 1) / atOnce, (long)pixels * channels);
        Threads.For((int)x.size(0) * pieces, x.numel(), piece =>
        {
            var (sample, first) = (piece / pieces, piece % pieces * atOnce);
            var (start, elements) = (sample * frames * stride + (long)first * channels, Math.Min(atOnce, pixels - first) * channels);
            float* mean = stackalloc float[elements], scale = stackalloc float[elements];
            SumRows(source + start, stride, frames, elements, null, mean);
            Pool(mean, elements, channels / groups, sum => (float)(sum / frames / (channels / groups)));
            SumRows(source + start, stride, frames, elements, mean, scale);
            Pool(scale, elements, channels / groups, sum => (float)(1 / Math.Sqrt(sum / frames / (channels / groups) + FusedNorm.Epsilon)));
            for (var frame = 0; frame < frames; frame++)
                Write(source + start + frame * stride, target + start + frame * stride, mean, scale, gains, shifts, elements, channels);
        });
    }

    /// <summary>Σ x over frames, or Σ (x − mean)².</summary>
    private static void SumRows(T* x, long stride, int frames, int elements, float* mean, float* sums)
    {
        new Span<float>(sums, elements).Clear();
        for (var frame = 0; frame < frames; frame++, x += stride)
            for (var i = 0; i < elements; i += Lanes)
            {
                var (value, sum) = (TLanes.Load(x + i), Vector512.Load(sums + i));
                if (mean == null)
                {
                    (sum + value).Store(sums + i);
                    continue;
                }
                var difference = value - Vector512.Load(mean + i);
                Vector512.FusedMultiplyAdd(difference, difference, sum).Store(sums + i);
            }
    }

    /// <summary>Replaces each group's elements by what comes of their sum.</summary>
    private static void Pool(float* elements, int count, int perGroup, Func<double, float> outcome)
    {
        for (var first = 0; first < count; first += perGroup)
        {
            var sum = 0.0;
            for (var i = first; i < first + perGroup; i++) sum += elements[i];
            new Span<float>(elements + first, perGroup).Fill(outcome(sum));
        }
    }

    private static void Write(T* x, T* result, float* mean, float* scale, float* gains, float* shifts, int elements, int channels)
    {
        for (var first = 0; first < elements; first += channels)
            for (var c = 0; c < channels; c += Lanes)
            {
                var i = first + c;
                var normed = (TLanes.Load(x + i) - Vector512.Load(mean + i)) * Vector512.Load(scale + i);
                TLanes.Store(result + i, Vector512.FusedMultiplyAdd(normed, Vector512.Load(gains + c), Vector512.Load(shifts + c)));
            }
    }
}
