using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// The way back of <see cref="FusedNorm"/>. With z = norm(x)·gain + bias and x̂ = norm(x): dz = dy·SiLU′(z), dBias = Σ dz, dGain = Σ dz·x̂ over
/// the rows, and dx = (dz·gain − mean(dz·gain) − x̂·mean(dz·gain·x̂))/deviation, the means over each group.
/// </summary>
/// <remarks>Loops are compiled at once for good: a clip of few calls would be done before the runtime thinks it worth its while.</remarks>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class NormBackward<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Fills the gradient of x, and gives those of gain and bias, [N*C].</summary>
    internal static (float[] Gain, float[] Bias) Run(NormShape shape, Tensor gradient, Tensor x, NormGain gain, NormStatistics statistics, bool silu, Tensor gradientX)
    {
        T* dy = Memory.Of<T>(gradient), source = Memory.Of<T>(x), target = Memory.Of<T>(gradientX);
        var (channels, perSample) = (shape.Channels, shape.Samples * shape.Channels);
        var (scales, shifts) = (new float[perSample], new float[perSample]);
        NormFactors.Fill(shape, statistics, gain, scales, shifts);
        var dz = silu ? target : dy; // The gradient before the activation waits where the result will be.
        var (sums, products) = SumRows(shape, dy, source, dz, statistics, scales, shifts, silu);
        var (slopes, offsets) = (new float[perSample], new float[perSample]);
        var (ofGain, ofBias) = (new float[perSample], new float[perSample]);
        Combine(shape, statistics, gain.Gain, sums, products, ofGain, ofBias, slopes, offsets);
        shape.ForEachPiece((_, sample, first, rows) =>
        {
            var start = ((long)sample * shape.Rows + first) * channels;
            fixed (float* scale = &scales[sample * channels], slope = &slopes[sample * channels], offset = &offsets[sample * channels])
                WriteRows(dz + start, source + start, target + start, scale, slope, offset, rows, channels);
        });
        return (ofGain, ofBias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> BeforeActivation(Vector512<float> dy, Vector512<float> z)
    {
        var sigmoid = Sigmoid.Of(z);
        return dy * sigmoid * Vector512.FusedMultiplyAdd(z, Vector512<float>.One - sigmoid, Vector512<float>.One);
    }

    /// <summary>dx = dz·scale + x·slope + offset</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteRows(T* dz, T* x, T* dx, float* scale, float* slope, float* offset, int rows, int channels)
    {
        for (var row = 0; row < rows; row++, dz += channels, x += channels, dx += channels)
            for (var c = 0; c < channels; c += Lanes)
            {
                var rest = Vector512.FusedMultiplyAdd(TLanes.Load(x + c), Vector512.Load(slope + c), Vector512.Load(offset + c));
                TLanes.Store(dx + c, Vector512.FusedMultiplyAdd(TLanes.Load(dz + c), Vector512.Load(scale + c), rest));
            }
    }

    /// <summary>Writes dz where it is not dy, and gives Σ dz and Σ dz·(x − mean) for each piece's channels.</summary>
    private static (float[] Sums, float[] Products) SumRows(NormShape shape, T* dy, T* x, T* dz, NormStatistics statistics, float[] scales, float[] shifts, bool silu)
    {
        var (channels, pieces) = (shape.Channels, shape.Samples * shape.PiecesPerSample);
        var (sums, products) = (new float[pieces * channels], new float[pieces * channels]);
        shape.ForEachPiece((piece, sample, first, rows) =>
        {
            var start = ((long)sample * shape.Rows + first) * channels;
            var mean = stackalloc float[Lanes];
            fixed (float* scale = &scales[sample * channels], shift = &shifts[sample * channels], sum = &sums[piece * channels], product = &products[piece * channels])
                for (var c = 0; c < channels; c += Lanes)
                {
                    for (var lane = 0; lane < Lanes; lane++) mean[lane] = (float)statistics.Mean[shape.GroupAt(sample, c + lane)];
                    Sum(
                        dy + start + c, x + start + c, silu ? dz + start + c : null, Vector512.Load(mean), Vector512.Load(scale + c), Vector512.Load(shift + c), rows, channels, sum + c, product + c);
                }
        });
        return (sums, products);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(
        T* dy, T* x, T* dz, Vector512<float> mean, Vector512<float> scale, Vector512<float> shift, int rows, int channels, float* sum, float* product)
    {
        var (total, products) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var row = 0; row < rows; row++, dy += channels, x += channels)
        {
            var (value, gradient) = (TLanes.Load(x), TLanes.Load(dy));
            if (dz != null)
            {
                gradient = BeforeActivation(gradient, Vector512.FusedMultiplyAdd(value, scale, shift));
                TLanes.Store(dz, gradient);
                dz += channels;
            }
            total += gradient;
            products = Vector512.FusedMultiplyAdd(gradient, value - mean, products);
        }
        total.Store(sum);
        products.Store(product);
    }

    /// <summary>The gradients of gain and bias, and what remains of dx: a factor of x and a summand.</summary>
    private static void Combine(
        NormShape shape, NormStatistics statistics, float[] gain, float[] sums, float[] products, float[] gradientGain, float[] gradientBias, float[] slopes, float[] offsets)
    {
        var (channels, pieces, perGroup) = (shape.Channels, shape.PiecesPerSample, shape.ChannelsPerGroup);
        for (var first = 0; first < shape.Samples * channels; first += perGroup)
        {
            var (sample, group) = (first / channels, shape.GroupAt(first / channels, first % channels));
            var (inverse, mean) = (statistics.InverseDeviation[group], statistics.Mean[group]);
            var (meanGradient, meanProduct) = (0.0, 0.0);
            for (var i = first; i < first + perGroup; i++)
            {
                var (sum, product) = (0.0, 0.0);
                for (var piece = sample * pieces; piece < (sample + 1) * pieces; piece++)
                {
                    sum += sums[piece * channels + i % channels];
                    product += products[piece * channels + i % channels] * inverse;
                }
                (gradientBias[i], gradientGain[i]) = ((float)sum, (float)product);
                meanGradient += gain[i] * sum / ((double)shape.Rows * perGroup);
                meanProduct += gain[i] * product / ((double)shape.Rows * perGroup);
            }
            var slope = -inverse * inverse * meanProduct;
            slopes.AsSpan(first, perGroup).Fill((float)slope);
            offsets.AsSpan(first, perGroup).Fill((float)(-inverse * meanGradient - mean * slope));
        }
    }
}
