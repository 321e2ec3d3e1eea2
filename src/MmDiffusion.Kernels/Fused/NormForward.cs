using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>The way forward of <see cref="FusedNorm"/>.</summary>
/// <remarks>Loops are compiled at once for good: a clip of few calls would be done before the runtime thinks it worth its while.</remarks>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class NormForward<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    internal static NormStatistics Run(NormShape shape, Tensor x, NormGain gain, Tensor result, bool silu)
    {
        T* source = TensorMemory.Address<T>(x), target = TensorMemory.Address<T>(result);
        var statistics = new NormStatistics(shape.Samples, shape.Groups);
        if (shape.SumLength <= Threads.LeastWork && shape.PiecesPerSample == 1) NormSamples(shape, source, gain, target, silu, statistics);
        else NormPieces(shape, source, gain, target, silu, statistics);
        return statistics;
    }

    /// <summary>Small samples: a thread does all of one while it is in its cache.</summary>
    private static void NormSamples(NormShape shape, T* source, NormGain gain, T* target, bool silu, NormStatistics statistics) =>
        shape.ForEachSample(shape.SampleLength, sample =>
        {
            var start = sample * shape.SampleLength;
            float* sums = stackalloc float[(int)shape.SumLength], squares = stackalloc float[(int)shape.SumLength];
            Sum(shape, source + start, source + start, shape.Rows, sums, squares);
            Combine(shape, source + start, sample, sums, squares, statistics);
            gain.Fold(statistics, sample, sums, squares);
            Write(shape, source + start, target + start, sums, squares, 0, shape.Rows, silu);
        });

    private static void NormPieces(NormShape shape, T* source, NormGain gain, T* target, bool silu, NormStatistics statistics)
    {
        var (channels, perSample) = (shape.Channels, shape.SumLength);
        var rented = ArrayPool<float>.Shared.Rent((int)(2 * shape.Samples * perSample));
        fixed (float* elements = rented)
        {
            float* sums = elements, squares = elements + shape.Samples * perSample;
            shape.ForEachPiece((piece, sample, firstRow, rows) =>
            {
                T* x = source + sample * shape.SampleLength;
                var own = sample * perSample + (long)piece * channels;
                Sum(shape, x, x + (long)firstRow * channels, rows, sums + own, squares + own);
            });
            shape.ForEachSample(perSample, sample =>
            {
                var first = sample * perSample;
                Combine(shape, source + sample * shape.SampleLength, sample, sums + first, squares + first, statistics);
                gain.Fold(statistics, sample, sums + first, squares + first);
            });
            shape.ForEachPiece((_, sample, firstRow, rows) =>
            {
                var start = sample * shape.SampleLength;
                Write(shape, source + start, target + start, sums + sample * perSample, squares + sample * perSample, firstRow, rows, silu);
            });
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>Writes some rows of a sample, each with the scale and shift of its segment.</summary>
    private static void Write(NormShape shape, T* x, T* result, float* scales, float* shifts, int firstRow, int rows, bool silu)
    {
        var channels = shape.Channels;
        for (var (row, end) = (firstRow, firstRow + rows); row < end;)
        {
            var segment = shape.SegmentOf(row);
            var count = Math.Min(end, shape.SegmentStart(segment + 1)) - row;
            long start = (long)row * channels, own = (long)segment * channels;
            if (silu) ScaleShiftSilu(x + start, result + start, scales + own, shifts + own, count, channels);
            else ScaleShift(x + start, result + start, scales + own, shifts + own, count, channels);
            row += count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleShiftSilu(T* x, T* result, float* scale, float* shift, int rows, int channels)
    {
        for (var row = 0; row < rows; row++, x += channels, result += channels)
            for (var c = 0; c < channels; c += Lanes)
            {
                var z = Vector512.FusedMultiplyAdd(TLanes.Load(x + c), Vector512.Load(scale + c), Vector512.Load(shift + c));
                TLanes.Store(result + c, z * Sigmoid.For<T>(z));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleShift(T* x, T* result, float* scale, float* shift, int rows, int channels)
    {
        for (var row = 0; row < rows; row++, x += channels, result += channels)
            for (var c = 0; c < channels; c += Lanes)
                TLanes.Store(
                    result + c,
                    Vector512.FusedMultiplyAdd(TLanes.Load(x + c), Vector512.Load(scale + c), Vector512.Load(shift + c)));
    }

    /// <summary>
    /// Sums of some rows and of their squares. They are of differences from each channel's first value, so that squares do not cancel where
    /// the mean is far from 0.
    /// </summary>
    private static void Sum(NormShape shape, T* firstRow, T* x, int rows, float* sums, float* squares)
    {
        for (var c = 0; c < shape.Channels; c += Lanes) Sum(x + c, TLanes.Load(firstRow + c), rows, shape.Channels, sums + c, squares + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(T* x, Vector512<float> origin, int rows, int channels, float* sum, float* square)
    {
        var (sum0, sum1, square0, square1) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var row = 0;
        for (; row + 1 < rows; row += 2, x += 2 * channels)
        {
            var (even, odd) = (TLanes.Load(x) - origin, TLanes.Load(x + channels) - origin);
            sum0 += even;
            sum1 += odd;
            square0 = Vector512.FusedMultiplyAdd(even, even, square0);
            square1 = Vector512.FusedMultiplyAdd(odd, odd, square1);
        }
        if (row < rows)
        {
            var last = TLanes.Load(x) - origin;
            sum0 += last;
            square0 = Vector512.FusedMultiplyAdd(last, last, square0);
        }
        (sum0 + sum1).Store(sum);
        (square0 + square1).Store(square);
    }

    /// <summary>The means and deviations of a sample, from the sums of its pieces.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(NormShape shape, T* firstRow, int sample, float* sums, float* squares, NormStatistics statistics)
    {
        var (channels, pieces, perGroup) = (shape.Channels, shape.PiecesPerSample, shape.ChannelsPerGroup);
        var (perRow, perChannel) = (1.0 / shape.Rows, 1.0 / perGroup);
        double* means = stackalloc double[perGroup];
        var first = stackalloc float[Lanes];
        for (var group = 0; group < shape.Groups; group++)
        {
            var (mean, spread) = (0.0, 0.0);
            for (var i = 0; i < perGroup; i++)
            {
                var c = group * perGroup + i;
                if (c % Lanes == 0) TLanes.Load(firstRow + c).Store(first);
                var (sum, square) = (0.0, 0.0);
                for (var piece = 0; piece < pieces; piece++)
                {
                    sum += sums[(long)piece * channels + c];
                    square += squares[(long)piece * channels + c];
                }
                means[i] = first[c % Lanes] + sum * perRow;
                mean += means[i] * perChannel;
                spread += (square - sum * sum * perRow) * perRow;
            }
            for (var i = 0; i < perGroup; i++) spread += (means[i] - mean) * (means[i] - mean);
            statistics.Mean[sample * shape.Groups + group] = mean;
            statistics.InverseDeviation[sample * shape.Groups + group] = 1
                / Math.Sqrt(Math.Max(spread * perChannel, 0) + FusedNorm.Epsilon);
        }
    }
}
