using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>How different clips are from one another: the mean distance of the features of two of them.</summary>
internal static class Diversity
{
    private const int Resamples = 500;

    /// <summary>Measures a set.</summary>
    /// <param name="features">[N,D], N at least 2.</param>
    /// <param name="seed">Draws the resamples of the interval.</param>
    internal static Measure Of(Tensor features, ulong seed)
    {
        using var scope = NewDisposeScope();
        var clips = (int)features.shape[0];
        var distances = Neighbours.Distances(features, features).to_type(ScalarType.Float64); // [N,N], 0 on the diagonal
        var sampler = new IndexSampler(Seeds.Derive(seed, "diversity"));
        var resamples = Enumerable.Range(0, Resamples).Select(_ => Mean(distances, sampler.Resample(clips), clips)).Where(double.IsFinite);
        var value = Mean(distances, [.. Enumerable.Range(0, clips)], clips);
        return new Measure(value, Bootstrap.Around(value, resamples), clips);
    }

    /// <summary>The mean over pairs of different clips; a clip that was drawn twice makes no pair with itself.</summary>
    private static double Mean(Tensor distances, int[] drawn, int clips)
    {
        using var scope = NewDisposeScope();
        var counts = new double[clips];
        foreach (var clip in drawn) counts[clip]++;
        var pairs = (double)drawn.Length * drawn.Length - counts.Sum(count => count * count);
        var x = tensor(counts);
        return x.dot(distances.mv(x)).item<double>() / pairs;
    }
}
