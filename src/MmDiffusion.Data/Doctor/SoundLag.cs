namespace MmDiffusion.Data.Doctor;

/// <summary>Whether a sound comes after what is seen, or before, where both have marked events.</summary>
internal static class AudioLag
{
    private const int MostFrames = Fingerprinting.FrameRate * 3 / 2;

    /// <summary>What the best lag must reach, and by how much it must beat the best within a frame or two of none.</summary>
    private const double Clear = 0.5;
    private const double Ahead = 0.25;
    private const int Tolerated = 2;

    /// <summary>The lag at which rises of loudness correlate best with changes of the picture.</summary>
    /// <param name="changes">Of the picture, one for each frame.</param>
    /// <param name="loudness">Of the sound beside each frame.</param>
    /// <returns>Seconds, positive where the sound is late; null unless it is clear.</returns>
    internal static double? Estimate(IReadOnlyList<float> changes, IReadOnlyList<float> loudness)
    {
        var count = Math.Min(changes.Count, loudness.Count);
        if (count < 4 * MostFrames) return null;
        var onsets = new double[count];
        for (var i = 1; i < count; i++) onsets[i] = Math.Max(0, loudness[i] - loudness[i - 1]);
        var seen = changes.Take(count).Select(change => (double)change).ToArray();
        var byLag = Enumerable.Range(-MostFrames, 2 * MostFrames + 1)
            .Select(lag => (Lag: lag, Value: Correlation.At(seen, onsets, lag)))
            .ToList();
        var best = byLag.MaxBy(entry => entry.Value);
        var together = byLag.Where(entry => Math.Abs(entry.Lag) <= Tolerated).Max(entry => entry.Value);
        if (best.Value < Clear) return null;
        if (Math.Abs(best.Lag) <= Tolerated) return 0;
        return best.Value - together > Ahead ? (double)best.Lag / Fingerprinting.FrameRate : null;
    }
}

/// <summary>Pearson's correlation of two sequences.</summary>
internal static class Correlation
{
    /// <summary>Of a[i] and b[i + lag], where both are there; 0 where one does not vary.</summary>
    internal static double At(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int lag)
    {
        var (start, end) = (Math.Max(0, -lag), Math.Min(a.Length, b.Length - lag));
        if (end - start < 2) return 0;
        var x = a[start..end];
        var y = b[(start + lag)..(end + lag)];
        var (meanX, meanY) = (Mean(x), Mean(y));
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
