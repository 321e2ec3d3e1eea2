namespace MmDiffusion.Studio.Statistics;

/// <summary>Holm's correction: with many comparisons, the chance that any one of them misleads stays what it is for one.</summary>
internal static class Holm
{
    /// <summary>Corrects probabilities; their order stays.</summary>
    internal static double[] Correct(IReadOnlyList<double> probabilities)
    {
        var corrected = new double[probabilities.Count];
        var largest = 0.0;
        foreach (var (probability, rank, index) in probabilities
            .Select((value, index) => (value, index))
            .OrderBy(entry => entry.value)
            .Select((entry, rank) => (entry.value, rank, entry.index)))
        {
            largest = Math.Max(largest, Math.Min(1, probability * (probabilities.Count - rank)));
            corrected[index] = largest;
        }

        return corrected;
    }
}
