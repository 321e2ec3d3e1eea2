namespace MmDiffusion.Evaluation.Alignment;

/// <summary>Finds the frames in which something begins, by peaks; plain on purpose, since it judges true and generated clips alike.</summary>
public static class EventDetector
{
    private const double EnergyDoubles = 0.7;

    /// <summary>Frames in which a sound begins: where the energy doubles, more than in the frames beside.</summary>
    /// <returns>Numbers of frames, ascending; the first frame has none before it and is never among them.</returns>
    public static IReadOnlyList<int> Heard(ChangeTrack clip) => Peaks(clip.Onset, EnergyDoubles);

    /// <summary>Frames in which the picture changes suddenly: more than in the frames beside, and more than in most of the clip.</summary>
    /// <returns>As of <see cref="Heard"/>.</returns>
    public static IReadOnlyList<int> Seen(ChangeTrack clip)
    {
        var mean = clip.Visual.Average();
        var deviation = Math.Sqrt(clip.Visual.Average(change => (change - mean) * (change - mean)));
        return Peaks(clip.Visual, mean + 0.5 * deviation);
    }

    private static List<int> Peaks(IReadOnlyList<double> values, double threshold)
    {
        return [.. Enumerable.Range(0, values.Count)
            .Where(i => values[i] > threshold && values[i] > At(i - 1) && values[i] >= At(i + 1))
            .Select(i => i + 1)]; // The first value belongs to the second frame.

        double At(int i) => i >= 0 && i < values.Count ? values[i] : 0;
    }
}
