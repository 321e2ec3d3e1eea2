namespace MmDiffusion.Evaluation.Distances;

/// <summary>A distance of two sets of features that is asked for many of their samples, of which some may be drawn more than once.</summary>
internal interface ISampleDistance : IDisposable
{
    /// <summary>Number of real clips.</summary>
    int Real { get; }

    /// <summary>Number of generated clips.</summary>
    int Generated { get; }

    /// <summary>Whether no sample gives less than 0.</summary>
    bool IsNeverNegative { get; }

    /// <summary>The distance of two samples.</summary>
    /// <param name="real">Numbers of real clips, at least 2 different ones.</param>
    /// <param name="generated">Numbers of generated clips, at least 2 different ones.</param>
    double Between(int[] real, int[] generated);
}
