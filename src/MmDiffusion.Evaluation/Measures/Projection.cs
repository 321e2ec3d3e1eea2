using System.Runtime.InteropServices;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>Features of real and generated clips in the plane in which the real ones vary most.</summary>
/// <param name="Real">A point for each real clip, or for some where there are very many.</param>
/// <param name="Generated">The same of the generated clips.</param>
public sealed record Projection(IReadOnlyList<Point> Real, IReadOnlyList<Point> Generated)
{
    private const int Most = 600;

    /// <summary>Projects features.</summary>
    /// <param name="real">[N,D].</param>
    /// <param name="generated">[M,D].</param>
    internal static Projection Of(Tensor real, Tensor generated)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (real.to_type(ScalarType.Float64), generated.to_type(ScalarType.Float64));
        var mean = x.mean([0]);
        var (_, _, directions) = linalg.svd(x - mean, fullMatrices: false); // [min(N,D),D]
        var plane = directions.narrow(0, 0, Math.Min(2, directions.shape[0]));
        return new Projection(Points(x - mean, plane), Points(y - mean, plane));
    }

    private static Point[] Points(Tensor features, Tensor plane)
    {
        using var scope = NewDisposeScope();
        // The sign of a direction is arbitrary; its largest part is made positive, so that plots of one protocol compare.
        var signs = plane.gather(1, plane.abs().argmax(1, keepdim: true)).sign();
        var places = MemoryMarshal.Cast<byte, double>(features.matmul((plane * signs).mT).contiguous().bytes).ToArray();
        var (count, width) = ((int)features.shape[0], (int)plane.shape[0]);
        var shown = new IndexSampler(Seeds.Derive(0, "points")).Shuffled(Enumerable.Range(0, count)).Take(Most).Order();
        return [.. shown.Select(clip => new Point(places[clip * width], width > 1 ? places[clip * width + 1] : 0))];
    }
}

/// <summary>A place in a plane.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
public sealed record Point(double X, double Y);
