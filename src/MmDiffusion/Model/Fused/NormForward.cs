using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The way forward of <see cref="FusedNorm"/>.</summary>
/// <remarks>Loops are compiled at once for good: a clip of few calls would be done before the runtime thinks it worth its while.</remarks>
/// <typeparam name="T">How features are stored.</typeparam>
/// <typeparam name="TLanes">Reads and writes them.</typeparam>
internal static unsafe class NormForward<T, TLanes> where T : unmanaged where TLanes : struct, ILanes<T>
{
    private const int Lanes = ILanes<T>.Count;

    internal static NormStatistics Run(NormShape shape, Tensor x, NormGain gain, Tensor result, bool silu)
    {
        T* source = Memory.Of<T>(x), target = Memory.Of<T>(result);
        var channels = shape.Channels;
        var statistics = Measure(shape, source);
        var (scales, shifts) = (new float[shape.Samples * channels], new float[shape.Samples * channels]);
        NormFactors.Fill(shape, statistics, gain, scales, shifts);
        shape.ForEachPiece((_, sample, first, rows) =>
        {
            var start = ((long)sample * shape.Rows + first) * channels;
            fixed (float* scale = &scales[sample * channels], shift = &shifts[sample * channels])
            {
                if (silu) ScaleShiftSilu(source + start, target + start, scale, shift, rows, channels);
                else ScaleShift(source + start, target + start, scale, shift, rows, channels);
            }
        });
        return statistics;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleShiftSilu(T* x, T* result, float* scale, float* shift, int rows, int channels)
    {
        for (var row = 0; row < rows; row++, x += channels, result += channels)
            for (var c = 0; c < channels; c += Lanes)
            {
                var z = Vector512.FusedMultiplyAdd(TLanes.Load(x + c), Vector512.Load(scale + c), Vector512.Load(shift + c));
                TLanes.Store(result + c, z * Sigmoid.Of(z));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleShift(T* x, T* result, float* scale, float* shift, int rows, int channels)
    {
        for (var row = 0; row < rows; row++, x += channels, result += channels)
            for (var c = 0; c < channels; c += Lanes)
                TLanes.Store(result + c, Vector512.FusedMultiplyAdd(TLanes.Load(x + c), Vector512.Load(scale + c), Vector512.Load(shift + c)));
    }

    /// <summary>
    /// Means and variances. Sums are of differences from each channel's first value, so that squares do not cancel where the mean is far
    /// from 0.
    /// </summary>
    private static NormStatistics Measure(NormShape shape, T* x)
    {
        var (channels, pieces) = (shape.Channels, shape.Samples * shape.PiecesPerSample);
        var (sums, squares) = (new float[pieces * channels], new float[pieces * channels]);
        shape.ForEachPiece((piece, sample, first, rows) =>
        {
            var origin = x + (long)sample * shape.Rows * channels;
            fixed (float* sum = &sums[piece * channels], square = &squares[piece * channels])
                for (var c = 0; c < channels; c += Lanes)
                    Sum(origin + (long)first * channels + c, TLanes.Load(origin + c), rows, channels, sum + c, square + c);
        });
        var statistics = new NormStatistics(shape.Groups, new double[shape.Samples * shape.Groups], new double[shape.Samples * shape.Groups]);
        shape.ForEachSample(sample => Combine(shape, x + (long)sample * shape.Rows * channels, sample, sums, squares, statistics));
        return statistics;
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

    private static void Combine(NormShape shape, T* firstRow, int sample, float[] sums, float[] squares, NormStatistics statistics)
    {
        var (channels, pieces, perGroup) = (shape.Channels, shape.PiecesPerSample, shape.ChannelsPerGroup);
        var (means, deviations) = (Total(sums, sample * pieces, pieces, channels), Total(squares, sample * pieces, pieces, channels));
        var first = stackalloc float[Lanes];
        for (var c = 0; c < channels; c++)
        {
            if (c % Lanes == 0) TLanes.Load(firstRow + c).Store(first);
            var sum = means[c];
            means[c] = first[c % Lanes] + sum / shape.Rows;
            deviations[c] -= sum * sum / shape.Rows;
        }
        for (var group = 0; group < shape.Groups; group++)
        {
            var range = new Range(group * perGroup, (group + 1) * perGroup);
            var mean = Mean(means.AsSpan(range));
            var spread = 0.0;
            foreach (var channelMean in means.AsSpan(range)) spread += (channelMean - mean) * (channelMean - mean);
            var variance = Mean(deviations.AsSpan(range)) / shape.Rows + spread / perGroup;
            statistics.Mean[sample * shape.Groups + group] = mean;
            statistics.InverseDeviation[sample * shape.Groups + group] = 1 / Math.Sqrt(Math.Max(variance, 0) + FusedNorm.Epsilon);
        }
    }

    /// <summary>Adds up some pieces' numbers for each channel.</summary>
    private static double[] Total(float[] numbers, int firstPiece, int pieces, int channels)
    {
        var totals = new double[channels];
        for (var piece = firstPiece; piece < firstPiece + pieces; piece++)
        {
            var row = numbers.AsSpan(piece * channels, channels);
            for (var c = 0; c < totals.Length; c++) totals[c] += row[c];
        }
        return totals;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
