using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests.Scenes;

/// <summary>What can be seen and heard of a clip, frame by frame; the first frame, before which there is none, is left out.</summary>
internal static class SceneMeasures
{
    /// <summary>Mean difference of pixels from the frame before, 0 … 255.</summary>
    internal static double[] VisualChange(Clip clip) => [.. Enumerable.Range(1, clip.Frames.Count - 1).Select(frame =>
    {
        var before = clip.Frames[frame - 1];
        var now = clip.Frames[frame];
        var sum = 0.0;
        for (var i = 0; i < now.Length; i++) sum += Math.Abs(now[i] - before[i]);
        return sum / now.Length;
    })];

    /// <summary>Mean square of the samples.</summary>
    internal static double[] Energy(Clip clip) => [.. Energies(clip)[1..]];

    /// <summary>How much louder than the frame before, in nepers of energy; 0 where it is not.</summary>
    internal static double[] Onset(Clip clip)
    {
        var loudness = Energies(clip).Select(energy => Math.Log(energy + 1e-4)).ToArray();
        return [.. Enumerable.Range(1, loudness.Length - 1).Select(frame => Math.Max(0, loudness[frame] - loudness[frame - 1]))];
    }

    /// <summary>Frames, of the clip, in which a plain detector hears something begin.</summary>
    internal static IReadOnlyList<int> HeardOnsets(Clip clip)
    {
        const double jump = 0.7; // The energy doubles.
        double[] onset = [0, .. Onset(clip), 0];
        return [
            .. Enumerable.Range(1, onset.Length - 2).Where(i => onset[i] > jump && onset[i] >= onset[i - 1] && onset[i] >= onset[i + 1]),
        ];
    }

    internal static double Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / (Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY))) + 1e-12);
    }

    /// <summary>How often a clip's own sound fits its picture better than another clip's, 0.5 by chance.</summary>
    internal static double Alignment(IReadOnlyList<Clip> clips, Func<Clip, double[]> heard)
    {
        const int others = 16;
        var (changes, sounds) = (clips.Select(VisualChange).ToArray(), clips.Select(heard).ToArray());
        var fits = 0;
        for (var i = 0; i < clips.Count; i++)
            for (var other = 1; other <= others; other++)
                if (Correlation(changes[i], sounds[i]) > Correlation(changes[i], sounds[(i + other) % clips.Count])) fits++;
        return (double)fits / (clips.Count * others);
    }

    private static double[] Energies(Clip clip)
    {
        var length = clip.Audio.Samples.Length / clip.Frames.Count;
        return [.. Enumerable.Range(0, clip.Frames.Count).Select(frame =>
            clip.Audio.Samples.Skip(frame * length).Take(length).Sum(sample => (double)sample * sample) / length)];
    }
}
