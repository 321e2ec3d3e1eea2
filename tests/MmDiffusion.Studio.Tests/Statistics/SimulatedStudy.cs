using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Tests.Statistics;

/// <summary>Ratings of people and clips that differ by known amounts: mean + rater + clip + noise, rounded to 1 … 5 or not.</summary>
/// <param name="Raters">How many raters.</param>
/// <param name="Clips">How many clips of each system.</param>
/// <param name="PerRater">How many clips of each system a rater rates.</param>
/// <param name="RaterSpread">Standard deviation of raters' biases.</param>
/// <param name="ClipSpread">Standard deviation of clips' qualities.</param>
/// <param name="Noise">Standard deviation of single ratings.</param>
internal sealed record SimulatedStudy(int Raters, int Clips, int PerRater, double RaterSpread, double ClipSpread, double Noise)
{
    internal bool Rounds { get; init; } = true;

    internal double TasteSpread { get; init; }

    /// <summary>One study of systems with given means; raters are the same for all, their taste for a system is their own.</summary>
    internal List<Rating>[] Run(Random random, params double[] means)
    {
        var biases = Draw(random, Raters, RaterSpread);
        return [.. means.Select((mean, system) => One(random, mean, system, biases))];
    }

    /// <summary>The mean that a system with a given mean has after rounding, over all raters and clips there could be.</summary>
    internal double Truth(double mean)
    {
        if (!Rounds) return mean;
        var (spread, sum, total) = (Math.Sqrt(
            RaterSpread * RaterSpread + TasteSpread * TasteSpread + ClipSpread * ClipSpread + Noise * Noise), 0.0, 0.0);
        for (var z = -8.0; z <= 8; z += 1e-4)
        {
            var weight = Math.Exp(-z * z / 2);
            (sum, total) = (sum + weight * Round(mean + spread * z), total + weight);
        }

        return sum / total;
    }

    private List<Rating> One(Random random, double mean, int system, double[] biases)
    {
        var (tastes, qualities) = (Draw(random, Raters, TasteSpread), Draw(random, Clips, ClipSpread));
        var shown = new int[Clips];
        var ratings = new List<Rating>(Raters * PerRater);
        for (var rater = 0; rater < Raters; rater++)
        {
            // As in a study: those that were shown least, in random order.
            foreach (var clip in Enumerable.Range(0, Clips).OrderBy(clip => shown[clip]).ThenBy(_ => random.Next()).Take(PerRater).ToList())
            {
                shown[clip]++;
                ratings.Add(new Rating(
                    $"r{rater}",
                    $"s{system}c{clip}",
                    Round(mean + biases[rater] + tastes[rater] + qualities[clip] + Noise * Normal(random))));
            }
        }

        return ratings;
    }

    private double Round(double value) => Rounds ? Math.Clamp(Math.Round(value), 1, 5) : value;

    private static double[] Draw(Random random, int count, double spread) => [.. Enumerable.Range(0, count).Select(_ =>
        spread * Normal(random))];

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
