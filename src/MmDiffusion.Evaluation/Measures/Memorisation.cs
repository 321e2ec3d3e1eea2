using MmDiffusion.Evaluation.Features;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>Whether generated clips are nearer to the training clips than real clips are that training never saw.</summary>
/// <param name="Score">
/// The probability that a generated clip is nearer to its nearest training clip than a held-out clip is to its own; 0.5 where nothing is
/// memorised.
/// </param>
/// <param name="Interval">Its 95% interval, by bootstrap over generated and held-out clips.</param>
/// <param name="ShareSuspect">
/// Share of the generated clips that are nearer than 19 of 20 held-out clips are; 0.05 where nothing is memorised.
/// </param>
/// <param name="Generated">The median distance of generated clips, in levels of 255.</param>
/// <param name="HeldOut">The median distance of held-out clips.</param>
/// <param name="TrainingClips">How many training clips there are.</param>
/// <param name="HeldOutClips">How many real clips are not among the training clips.</param>
/// <param name="Pairs">The generated clips that are most like a training clip, the most alike first.</param>
public sealed record Memorisation(
    double Score,
    Interval Interval,
    double ShareSuspect,
    double Generated,
    double HeldOut,
    int TrainingClips,
    int HeldOutClips,
    IReadOnlyList<NearestPair> Pairs)
{
    private const int Resamples = 1000;
    private const int Shown = 6;
    private const double Suspect = 0.05;

    /// <summary>Compares sets.</summary>
    /// <exception cref="MmDiffusionException">The real clips are training clips, so that nothing is held out.</exception>
    internal static Memorisation Of(ClipSet real, ClipSet generated, ClipSet training, ulong seed)
    {
        var trained = training.Clips.Select(clip => clip.Digest).ToHashSet(StringComparer.Ordinal);
        var heldOut = real.Clips.Where(clip => !trained.Contains(clip.Digest)).ToList();
        if (heldOut.Count < 2)
            throw new MmDiffusionException(
                "the real clips are training clips, so that nothing is held out to compare memorisation with; give "
                + "other real clips, or leave out those of the training");
        using var scope = NewDisposeScope();
        var known = Thumbnails(training.Clips);
        var made = Neighbours.Nearest(Thumbnails(generated.Clips), known);
        double[] distances = [.. made.Select(pair => pair.Distance)];
        double[] others = [.. Neighbours.Nearest(Thumbnails(heldOut), known).Select(pair => pair.Distance).Order()];
        var limit = Bootstrap.Quantile(others, Suspect);
        var score = Nearer(distances, others);
        return new Memorisation(
            score, Resample(distances, others, seed), distances.Count(distance => distance < limit) / (double)distances.Length,
            Bootstrap.Quantile([.. distances.Order()], 0.5), Bootstrap.Quantile(others, 0.5), training.Clips.Count, heldOut.Count,
            [.. Enumerable.Range(0, made.Length)
                .OrderBy(clip => made[clip].Distance)
                .Take(Shown)
                .Select(clip => new NearestPair(generated.Clips[clip].Path, training.Clips[made[clip].Index].Path, made[clip].Distance))]);
    }

    private static Interval Resample(double[] distances, double[] others, ulong seed)
    {
        var sampler = new IndexSampler(Seeds.Derive(seed, "memorisation"));
        var scores = new double[Resamples];
        for (var i = 0; i < Resamples; i++) scores[i] = Nearer(Draw(distances), [.. Draw(others).Order()]);
        Array.Sort(scores);
        return new Interval(Bootstrap.Quantile(scores, 0.025), Bootstrap.Quantile(scores, 0.975));

        double[] Draw(double[] values) => [.. sampler.Resample(values.Length).Select(index => values[index])];
    }

    /// <summary>The probability that one of the first is smaller than one of the others; a tie is half.</summary>
    private static double Nearer(double[] distances, double[] ascending) => distances.Average(distance =>
    {
        var (below, notAbove) = (Count(ascending, distance, orEqual: false), Count(ascending, distance, orEqual: true));
        return (ascending.Length - notAbove + 0.5 * (notAbove - below)) / ascending.Length;
    });

    /// <summary>How many of ascending values are smaller, or as large.</summary>
    private static int Count(double[] ascending, double value, bool orEqual)
    {
        var (low, high) = (0, ascending.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ascending[middle] < value || (orEqual && ascending[middle] == value)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>[N,D], scaled so that Euclidean distances are root mean square differences.</summary>
    private static Tensor Thumbnails(IReadOnlyList<ClipFeatures> clips)
    {
        var length = clips[0].Look.Thumbnail.Length;
        var scale = (float)(1 / Math.Sqrt(length));
        var all = new float[clips.Count * length];
        for (var i = 0; i < all.Length; i++) all[i] = clips[i / length].Look.Thumbnail[i % length] * scale;
        return tensor(all, [clips.Count, length]);
    }
}

/// <summary>A clip and the training clip that it is most like.</summary>
/// <param name="Clip">The file.</param>
/// <param name="Training">The training clip's file.</param>
/// <param name="Distance">Root mean square difference of their thumbnails, in levels of 255.</param>
public sealed record NearestPair(string Clip, string Training, double Distance);
