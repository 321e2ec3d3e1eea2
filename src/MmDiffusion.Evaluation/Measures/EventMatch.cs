using MmDiffusion.Evaluation.Alignment;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>
/// Which share of the moments at which a sound begins or the picture changes suddenly come together, within a frame: after AV-Align (Yariv
/// et al., 2024), which takes the peaks of the optical flow for the picture, and of peaks that match their number over that of the union.
/// </summary>
/// <param name="Score">Mean over the clips in which something happens, 0 … 1.</param>
/// <param name="Interval">Its 95% interval, by bootstrap over clips.</param>
/// <param name="Chance">The same of pictures with the sounds of other clips.</param>
/// <param name="Clips">Clips in which something happens.</param>
public sealed record EventMatch(double Score, Interval Interval, double Chance, int Clips)
{
    private const int Tolerance = 1;
    private const int Resamples = 2000;
    private const int Strangers = 8;

    /// <summary>Measures clips.</summary>
    /// <param name="tracks">At least 2.</param>
    /// <param name="detector">Finds the moments of the picture.</param>
    /// <param name="seed">Draws the resamples of the interval.</param>
    internal static EventMatch Of(IReadOnlyList<ChangeTrack> tracks, Func<ChangeTrack, IReadOnlyList<int>> detector, ulong seed)
    {
        var (heard, seen) = (tracks.Select(EventDetector.Heard).ToList(), tracks.Select(detector).ToList());
        List<double> own = [.. heard.Zip(seen, Share).OfType<double>()];
        var strangers = Enumerable
            .Range(1, Math.Min(Strangers, tracks.Count - 1))
            .SelectMany(shift => seen.Select((picture, clip) => Share(heard[(clip + shift) % heard.Count], picture)))
            .OfType<double>()
            .DefaultIfEmpty(0);
        return own.Count > 0
            ? new EventMatch(own.Average(), Bootstrap.OfMean(own, Resamples, seed), strangers.Average(), own.Count)
            : new EventMatch(0, new Interval(0, 0), 0, 0);
    }

    /// <summary>Null where nothing is heard or seen.</summary>
    private static double? Share(IReadOnlyList<int> heard, IReadOnlyList<int> seen)
    {
        var all = heard.Count + seen.Count;
        return all == 0 ? null : (double)(Matched(heard, seen) + Matched(seen, heard)) / all;
    }

    private static int Matched(IReadOnlyList<int> events, IReadOnlyList<int> others) =>
        events.Count(at => others.Any(other => Math.Abs(at - other) <= Tolerance));
}
