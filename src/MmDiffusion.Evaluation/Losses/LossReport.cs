using System.Text.Json;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Training;

namespace MmDiffusion.Evaluation.Losses;

/// <summary>A model's training loss on clips it saw and on clips it did not see.</summary>
/// <param name="Clips">Clips of each.</param>
/// <param name="Seen">Mean loss of clips seen by range of timesteps, see <see cref="HeldOutLoss"/>.</param>
/// <param name="HeldOut">The same of clips held out.</param>
/// <param name="Ratio">The mean loss of clips held out divided by that of clips seen: 1 where nothing was memorised.</param>
/// <param name="RatioInterval">Its 95% interval, by bootstrap over pairs of clips that met the same noise.</param>
public sealed record LossReport(int Clips, IReadOnlyList<double> Seen, IReadOnlyList<double> HeldOut, double Ratio, Interval RatioInterval)
{
    private const int Resamples = 2000;
    private const ulong Seed = 1;

    /// <summary>The model, for readers.</summary>
    public string? Model { get; init; }

    /// <summary>Which clips it saw, for readers.</summary>
    public string? SeenClips { get; init; }

    /// <summary>Which clips it did not see, for readers.</summary>
    public string? HeldOutClips { get; init; }

    /// <summary>Compares losses of as many clips of either kind.</summary>
    /// <param name="seen">By clip, the loss of each range of timesteps.</param>
    /// <param name="heldOut">The same; the n-th clip met the noise of the n-th clip seen.</param>
    /// <exception cref="ArgumentException">The numbers of clips differ.</exception>
    public static LossReport Of(IReadOnlyList<IReadOnlyList<double>> seen, IReadOnlyList<IReadOnlyList<double>> heldOut)
    {
        if (seen.Count != heldOut.Count || seen.Count == 0)
            throw new ArgumentException(
                $"there are {seen.Count} clips seen and {heldOut.Count} held out, expected as many of either",
                nameof(heldOut));
        double[] ofSeen = [.. seen.Select(losses => losses.Average())], ofHeldOut = [.. heldOut.Select(losses => losses.Average())];
        return new LossReport(
            seen.Count, ByRange(seen), ByRange(heldOut), ofHeldOut.Average() / ofSeen.Average(),
            Bootstrap.OfRatio(ofHeldOut, ofSeen, Resamples, Seed));
    }

    /// <summary>Reads what <see cref="ToJson"/> gave.</summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="MmDiffusionException">It cannot be read, or is no such report.</exception>
    public static LossReport Read(string path) =>
        SettingsJson.Read(path, "loss of a model, as 'mmdiff evaluate loss --json' prints it", node =>
        {
            var report = node.Deserialize<LossReport>(ReportJson.Options);
            return report is { Seen: { Count: > 0 } seen, HeldOut: { } heldOut, RatioInterval: not null } && seen.Count == heldOut.Count
                ? report
                : throw new JsonException("expected seen and held_out with as many losses, and ratio_interval");
        });

    /// <summary>The report as JSON, names in snake_case; the interval is a pair of numbers.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Options);

    private static double[] ByRange(IReadOnlyList<IReadOnlyList<double>> losses) =>
        [.. Enumerable.Range(0, losses[0].Count).Select(range => losses.Average(clip => clip[range]))];
}
