using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>Which features are near to which, in pieces that fit the memory however many there are.</summary>
internal static class Neighbours
{
    private const int Rows = 256;

    /// <summary>Euclidean distances, exactly 0 between equal features.</summary>
    /// <param name="from">[N,D].</param>
    /// <param name="to">[M,D].</param>
    /// <returns>[N,M] float32.</returns>
    internal static Tensor Distances(Tensor from, Tensor to) => cdist(from, to, compute_mode: compute_mode.donot_use_mm_for_euclid_dist);

    /// <summary>The mean distance to the nearest few.</summary>
    /// <param name="from">[N,D].</param>
    /// <param name="to">[M,D].</param>
    /// <param name="count">How many, at least 1 and fewer than M.</param>
    /// <param name="same">Whether both are one set, of which none is its own neighbour.</param>
    internal static double[] MeanDistance(Tensor from, Tensor to, int count, bool same)
    {
        var means = new double[from.shape[0]];
        for (var row = 0; row < means.Length; row += Rows)
        {
            using var scope = NewDisposeScope();
            var part = from.narrow(0, row, Math.Min(Rows, means.Length - row));
            var skipped = same ? 1 : 0;
            var nearest = Distances(part, to).topk(count + skipped, 1, largest: false, sorted: true).values.narrow(1, skipped, count)
                .mean([1]);
            Copy(nearest, means.AsSpan(row));
        }
        return means;
    }

    /// <summary>The nearest one.</summary>
    /// <param name="from">[N,D] float32.</param>
    /// <param name="to">[M,D] float32.</param>
    /// <returns>For each its number and distance.</returns>
    internal static (int Index, double Distance)[] Nearest(Tensor from, Tensor to)
    {
        var found = new (int, double)[from.shape[0]];
        for (var row = 0; row < found.Length; row += Rows)
        {
            using var scope = NewDisposeScope();
            var (distances, indices) = Distances(from.narrow(0, row, Math.Min(Rows, found.Length - row)), to).min(1);
            var values = MemoryMarshal.Cast<byte, float>(distances.contiguous().bytes);
            var numbers = MemoryMarshal.Cast<byte, long>(indices.contiguous().bytes);
            for (var i = 0; i < values.Length; i++) found[row + i] = ((int)numbers[i], values[i]);
        }
        return found;
    }

    private static void Copy(Tensor values, Span<double> target)
    {
        var found = MemoryMarshal.Cast<byte, float>(values.to_type(ScalarType.Float32).contiguous().bytes);
        for (var i = 0; i < found.Length; i++) target[i] = found[i];
    }
}
