namespace MmDiffusion.Evaluation.Alignment;

/// <summary>
/// Finds the frames in which something begins, by peaks; plain on purpose, since it judges true and generated clips alike.
/// </summary>
public static class EventDetector
{
    private const double EnergyDoubles = 0.7;

    /// <summary>Frames in which a sound begins: where the energy doubles, more than in the frames beside.</summary>
    /// <returns>Numbers of frames, ascending; the first frame has none before it and is never among them.</returns>
    public static IReadOnlyList<int> Heard(ChangeTrack clip) => Peaks(clip.Onset, EnergyDoubles);

    /// <summary>Frames in which the picture changes suddenly: more than in the frames beside, and more than in most of the clip.</summary>
    /// <returns>As of <see cref="Heard"/>.</returns>
    public static IReadOnlyList<int> Seen(ChangeTrack clip) => Sudden(clip.Visual);

    /// <summary>Frames in which what is seen moves suddenly: as of <see cref="Seen"/>, of the optical flow.</summary>
    /// <returns>As of <see cref="Heard"/>.</returns>
    public static IReadOnlyList<int> Moved(ChangeTrack clip) => Sudden(clip.Flow);

    private static List<int> Sudden(IReadOnlyList<double> changes)
    {
        var mean = changes.Average();
        return Peaks(changes, mean + 0.5 * Math.Sqrt(changes.Average(change => (change - mean) * (change - mean))));
    }

    private static List<int> Peaks(IReadOnlyList<double> values, double threshold)
    {
        return [.. Enumerable.Range(0, values.Count)
            .Where(i => values[i] > threshold && values[i] > At(i - 1) && values[i] >= At(i + 1))
            .Select(i => i + 1)]; // The first value belongs to the second frame.

        double At(int i) => i >= 0 && i < values.Count ? values[i] : 0;
    }
}
