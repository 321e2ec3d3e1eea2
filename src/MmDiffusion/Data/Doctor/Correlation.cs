namespace MmDiffusion.Data;

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
