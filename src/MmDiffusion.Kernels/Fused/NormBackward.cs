using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// The backward pass of <see cref="FusedNorm"/>. With z = norm(x)·gain + bias and x̂ = norm(x): dz = dy·SiLU′(z), dBias = Σ dz, dGain
/// = Σ dz·x̂ over the rows, and dx = (dz·gain − mean(dz·gain) − x̂·mean(dz·gain·x̂))/deviation, the means over each group.
/// </summary>
/// <remarks>Loops are compiled at once for good: a clip of few calls would be done before the runtime thinks it worth its while.</remarks>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class NormBackward<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    /// <summary>Fills the gradient of x, adds those of weight and bias, [C], to what is there, and gives that of the modulation.</summary>
    internal static Tensor? Run(
        NormShape shape,
        Tensor gradient,
        Tensor x,
        NormGain gain,
        NormStatistics statistics,
        bool silu,
        Tensor gradientX,
        float* ofWeight,
        float* ofBias)
    {
        var perSample = shape.Samples * shape.Segments * shape.Channels;
        var rented = ArrayPool<float>.Shared.Rent(2 * perSample);
        fixed (float* elements = rented)
        {
            var way = new Way(
                shape, TensorMemory.Address<T>(gradient), TensorMemory.Address<T>(x), TensorMemory.Address<T>(gradientX), gain, statistics,
                silu, elements,
                elements + perSample);
            if (shape.SumLength <= Threads.LeastWork && shape.PiecesPerSample == 1)
                shape.ForEachSample(shape.SampleLength, sample => RunSample(way, sample));
            else RunPieces(way);
        }
        var ofModulation = gain.Differentiate(
            rented.AsSpan(0, perSample), rented.AsSpan(perSample, perSample), shape.Samples, ofWeight, ofBias);
        ArrayPool<float>.Shared.Return(rented);
        return ofModulation;
    }

    /// <summary>Small samples: a thread does all of one while it is in its cache.</summary>
    private static void RunSample(Way way, int sample)
    {
        var (shape, start, length) = (way.Shape, sample * way.Shape.SampleLength, way.Shape.Segments * way.Shape.Channels);
        float* scales = stackalloc float[length],
            shifts = stackalloc float[length],
            sums = stackalloc float[length],
            products = stackalloc float[length];
        way.Gain.Fold(way.Statistics, sample, scales, shifts);
        for (var segment = 0; segment < shape.Segments; segment++)
        {
            var (row, own) = (shape.SegmentStart(segment), segment * shape.Channels);
            var rows = shape.SegmentStart(segment + 1) - row;
            SumRows(way, sample, start + (long)row * shape.Channels, rows, scales + own, shifts + own, sums + own, products + own);
        }
        Combine(way, sample, pieces: 1, sums, products);
        // Sums are done with, and what remains of dx takes their position.
        for (var segment = 0; segment < shape.Segments; segment++)
        {
            var (row, own) = (shape.SegmentStart(segment), segment * shape.Channels);
            WriteRows(way, start + (long)row * shape.Channels, shape.SegmentStart(segment + 1) - row, scales + own, sums, products);
        }
    }

    /// <summary>Large samples: each segment in pieces of its own, shared by all threads.</summary>
    private static void RunPieces(Way way)
    {
        var (shape, channels) = (way.Shape, way.Shape.Channels);
        var pieces = shape.PiecesPerSegment;
        long perSegment = (long)pieces * channels, perSample = shape.Segments * perSegment, scaleLength = (long)shape.Segments * channels;
        var rented = ArrayPool<float>.Shared.Rent((int)(2 * shape.Samples * (scaleLength + perSample)));
        fixed (float* elements = rented)
        {
            float* scales = elements,
                shifts = scales + shape.Samples * scaleLength,
                sums = shifts + shape.Samples * scaleLength,
                products = sums + shape.Samples * perSample;
            shape.ForEachSample(perSample, sample =>
                way.Gain.Fold(way.Statistics, sample, scales + sample * scaleLength, shifts + sample * scaleLength));
            shape.ForEachPieceOfSegments((piece, segment, sample, start, rows) =>
            {
                long first = sample * scaleLength + (long)segment * channels,
                    own = sample * perSample + segment * perSegment + (long)piece * channels;
                SumRows(way, sample, start, rows, scales + first, shifts + first, sums + own, products + own);
            });
            shape.ForEachSample(
                perSample,
                sample => Combine(way, sample, pieces, sums + sample * perSample, products + sample * perSample));
            shape.ForEachPieceOfSegments((_, segment, sample, start, rows) =>
                WriteRows(
                    way,
                    start,
                    rows,
                    scales + sample * scaleLength + (long)segment * channels,
                    sums + sample * perSample,
                    products + sample * perSample));
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> BeforeActivation(Vector512<float> dy, Vector512<float> z)
    {
        var sigmoid = Sigmoid.For<T>(z);
        return dy * sigmoid * Vector512.FusedMultiplyAdd(z, Vector512<float>.One - sigmoid, Vector512<float>.One);
    }

    /// <summary>dx = dz·scale + x·slope + offset of some rows.</summary>
    private static void WriteRows(Way way, long start, int rows, float* scale, float* slope, float* offset)
    {
        // The gradient before the activation waits where the result will be.
        var dz = way.Silu ? way.Target : way.Gradient;
        WriteRows(dz + start, way.Source + start, way.Target + start, scale, slope, offset, rows, way.Shape.Channels);
    }

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

    /// <summary>Writes dz of some rows where it is not dy, and gives Σ dz and Σ dz·(x − mean) for their channels.</summary>
    private static void SumRows(Way way, int sample, long start, int rows, float* scale, float* shift, float* sum, float* product)
    {
        var (channels, perGroup) = (way.Shape.Channels, way.Shape.ChannelsPerGroup);
        var mean = stackalloc float[Lanes];
        for (var c = 0; c < channels; c += Lanes)
        {
            for (var lane = 0; lane < Lanes; lane++)
                mean[lane] = (float)way.Statistics.Mean[sample * way.Shape.Groups + (c + lane) / perGroup];
            Sum(
                way.Gradient + start + c,
                way.Source + start + c,
                way.Silu ? way.Target + start + c : null,
                Vector512.Load(mean),
                Vector512.Load(scale + c),
                Vector512.Load(shift + c),
                rows,
                channels,
                sum + c,
                product + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(
        T* dy,
        T* x,
        T* dz,
        Vector512<float> mean,
        Vector512<float> scale,
        Vector512<float> shift,
        int rows,
        int channels,
        float* sum,
        float* product)
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

    /// <summary>
    /// The gradients of a sample's gains and biases, [S,C], and what remains of dx, a factor of x and a summand, which take the position of
    /// the first piece's sums.
    /// </summary>
    /// <param name="way">What is given.</param>
    /// <param name="sample">Which.</param>
    /// <param name="pieces">Pieces of a segment, P.</param>
    /// <param name="sums">[S,P,C]</param>
    /// <param name="products">[S,P,C]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(Way way, int sample, int pieces, float* sums, float* products)
    {
        var (shape, channels, segments, perGroup) = (way.Shape, way.Shape.Channels, way.Shape.Segments, way.Shape.ChannelsPerGroup);
        float* ofGain = way.OfGain + (long)sample * segments * channels, ofBias = way.OfBias + (long)sample * segments * channels;
        var perNumber = 1 / ((double)shape.Rows * perGroup);
        for (var group = 0; group < shape.Groups; group++)
        {
            var (inverse, mean) = (way.Statistics.InverseDeviation[sample * shape.Groups + group], way.Statistics.Mean[sample * shape.Groups
                + group]);
            var (meanGradient, meanProduct, end) = (0.0, 0.0, (group + 1) * perGroup);
            for (var c = group * perGroup; c < end; c++)
                for (var segment = 0; segment < segments; segment++)
                {
                    var (sum, product) = (0.0, 0.0);
                    for (var piece = 0; piece < pieces; piece++)
                    {
                        var own = ((long)segment * pieces + piece) * channels + c;
                        sum += sums[own];
                        product += products[own];
                    }
                    var target = (long)segment * channels + c;
                    (ofBias[target], ofGain[target]) = ((float)sum, (float)(product * inverse));
                    var factor = way.Gain.Factor(sample, segment, c) * perNumber;
                    meanGradient += factor * sum;
                    meanProduct += factor * product * inverse;
                }
            var slope = -inverse * inverse * meanProduct;
            for (var c = group * perGroup; c < end; c++)
                (sums[c], products[c]) = ((float)slope, (float)(-inverse * meanGradient - mean * slope));
        }
    }

    /// <summary>What is given, and where results go.</summary>
    private sealed class Way(
        NormShape shape,
        T* gradient,
        T* source,
        T* target,
        NormGain gain,
        NormStatistics statistics,
        bool silu,
        float* ofGain,
        float* ofBias)
    {
        internal NormShape Shape => shape;

        internal T* Gradient => gradient;

        internal T* Source => source;

        internal T* Target => target;

        internal NormGain Gain => gain;

        internal NormStatistics Statistics => statistics;

        internal bool Silu => silu;

        internal float* OfGain => ofGain;

        internal float* OfBias => ofBias;
    }
}
