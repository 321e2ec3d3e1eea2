using MmDiffusion.Evaluation.Features;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>Orders generated clips from the most real to the least.</summary>
internal static class ClipRanking
{
    private const int Nearest = 5;

    internal static IReadOnlyList<ClipRank> Of(ClipSet real, ClipSet generated, IReadOnlyList<double> alignment)
    {
        var (video, audio) = (Relative(real.Video(), generated.Video()), Relative(real.Audio(), generated.Audio()));
        return [.. generated.Clips.Select((clip, i) => new ClipRank(clip.Path, (video[i] + audio[i]) / 2, alignment[i]))
            .OrderBy(rank => rank.Score)
            .ThenBy(rank => rank.Path, StringComparer.Ordinal)];
    }

    private static double[] Relative(Tensor real, Tensor generated)
    {
        using (real)
        using (generated)
        {
            var usual = Neighbours.MeanDistance(real, real, Nearest, same: true).Average();
            return [
                .. Neighbours.MeanDistance(generated, real, Nearest, same: false).Select(distance => distance / Math.Max(usual, 1e-12)),
            ];
        }
    }
}

/// <summary>How real a generated clip looks and sounds to the extractors.</summary>
/// <param name="Path">The file.</param>
/// <param name="Score">
/// How much farther it is from its five nearest real clips than real clips are from theirs: 1 is as near as they are; the mean over picture
/// and sound.
/// </param>
/// <param name="Alignment">How often its own sound fits better than another clip's.</param>
public sealed record ClipRank(string Path, double Score, double Alignment);
