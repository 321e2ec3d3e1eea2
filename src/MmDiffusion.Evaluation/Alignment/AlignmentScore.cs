using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Alignment;

/// <summary>
/// How well the sounds of a set of clips fit their pictures: the probability that the visual changes of a clip correlate better with the
/// onsets of its own sound than with those of another clip of the set. 0.5 is chance, 1 perfect.
/// </summary>
/// <param name="Score">The probability, 0 … 1.</param>
/// <param name="Interval">Its 95% interval, by bootstrap over the clips.</param>
/// <param name="PerClip">For each clip, how often its own sound fits better; in their order.</param>
public sealed record AlignmentScore(double Score, Interval Interval, IReadOnlyList<double> PerClip)
{
    private const int Resamples = 2000;

    /// <summary>Compares every clip with every other.</summary>
    /// <param name="clips">At least 2, of one length.</param>
    /// <param name="seed">Draws the resamples of the interval.</param>
    /// <exception cref="MmDiffusionException">There are fewer clips, or their lengths differ.</exception>
    public static AlignmentScore Of(IReadOnlyList<ChangeTrack> clips, ulong seed = 0)
    {
        if (clips.Count < 2)
            throw new MmDiffusionException(
                $"there is {clips.Count} clip, expected at least 2 to compare a clip's sound with that of others");
        if (clips.FirstOrDefault(clip => clip.Visual.Count != clips[0].Visual.Count) is { } other)
            throw new MmDiffusionException(
                $"clips have {clips[0].Visual.Count + 1} and {other.Visual.Count + 1} frames, expected clips of one length");
        var (pictures, sounds) = (clips.Select(clip => Standardised(clip.Visual)).ToArray(),
            clips.Select(clip => Standardised(clip.Onset)).ToArray());
        double[] perClip = [.. Enumerable.Range(0, clips.Count).Select(clip => Wins(clip, pictures, sounds))];
        return new AlignmentScore(perClip.Average(), Bootstrap.OfMean(perClip, Resamples, seed), perClip);
    }

    /// <summary>The share of the other sounds that fit worse than the own one; a tie is half a win.</summary>
    private static double Wins(int clip, double[][] pictures, double[][] sounds)
    {
        var own = Product(pictures[clip], sounds[clip]);
        var wins = 0.0;
        for (var other = 0; other < sounds.Length; other++)
        {
            if (other == clip) continue;
            wins += own.CompareTo(Product(pictures[clip], sounds[other])) switch { > 0 => 1, 0 => 0.5, _ => 0 };
        }
        return wins / (sounds.Length - 1);
    }

    /// <summary>The product of two standardised series is their correlation.</summary>
    private static double Product(double[] x, double[] y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>Mean 0 and length 1; a series that does not change is all 0, and correlates with nothing.</summary>
    private static double[] Standardised(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var length = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)));
        return [.. values.Select(value => length > 1e-12 ? (value - mean) / length : 0)];
    }
}
