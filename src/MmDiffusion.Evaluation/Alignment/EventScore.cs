namespace MmDiffusion.Evaluation.Alignment;

/// <summary>How well detected events hit the true ones, within one frame; over all clips together.</summary>
/// <param name="F1">Harmonic mean of precision and recall, 0 … 1.</param>
/// <param name="Precision">Share of the detected events that are true.</param>
/// <param name="Recall">Share of the true events that were detected.</param>
/// <param name="Detected">Number of detected events.</param>
/// <param name="True">Number of true events.</param>
public sealed record EventScore(double F1, double Precision, double Recall, int Detected, int True)
{
    private const int Tolerance = 1;

    /// <summary>Compares each clip's events with its own truth.</summary>
    /// <param name="detected">For each clip, numbers of frames, ascending.</param>
    /// <param name="truth">For each clip, the frames in which something happens, ascending.</param>
    public static EventScore Of(IReadOnlyList<IReadOnlyList<int>> detected, IReadOnlyList<IReadOnlyList<int>> truth) =>
        From(detected.Zip(truth, Hits).Sum(), detected.Sum(clip => clip.Count), truth.Sum(clip => clip.Count));

    /// <summary>What unrelated events give: each clip's, compared with the truth of every other clip.</summary>
    /// <param name="detected">At least 2 clips.</param>
    /// <param name="truth">As many.</param>
    public static EventScore OfUnrelated(IReadOnlyList<IReadOnlyList<int>> detected, IReadOnlyList<IReadOnlyList<int>> truth)
    {
        var pairs = Enumerable.Range(0, detected.Count)
            .SelectMany(clip =>
                Enumerable.Range(0, truth.Count)
                    .Where(other => other != clip)
                    .Select(other => (Detected: detected[clip], Truth: truth[other]))).ToList();
        return Of([.. pairs.Select(pair => pair.Detected)], [.. pairs.Select(pair => pair.Truth)]);
    }

    private static EventScore From(int hits, int detected, int truth) =>
        new(Share(2 * hits, detected + truth), Share(hits, detected), Share(hits, truth), detected, truth);

    private static double Share(int part, int whole) => whole > 0 ? (double)part / whole : 0;

    /// <summary>Pairs of a detected and a true event, each used once: taking them in order gives as many as can be had.</summary>
    private static int Hits(IReadOnlyList<int> detected, IReadOnlyList<int> truth)
    {
        var (found, wanted, hits) = (0, 0, 0);
        while (found < detected.Count && wanted < truth.Count)
        {
            var distance = detected[found] - truth[wanted];
            if (Math.Abs(distance) <= Tolerance) hits++;
            if (distance <= Tolerance) found++;
            if (distance >= -Tolerance) wanted++;
        }
        return hits;
    }
}

/// <summary>
/// How well one part of clips hits the events of the scenes they were made for, between what chance and what the scenes themselves give.
/// </summary>
/// <param name="Part">"sound" or "picture".</param>
/// <param name="Made">The clips.</param>
/// <param name="Unrelated">The same clips against the events of other scenes.</param>
/// <param name="Scenes">The scenes' own sounds or pictures, by the same detector.</param>
public sealed record EventReport(string Part, EventScore Made, EventScore Unrelated, EventScore Scenes)
{
    /// <summary>Compares clips with the truth.</summary>
    /// <param name="part">What is judged.</param>
    /// <param name="detector">Finds its events.</param>
    /// <param name="made">The clips.</param>
    /// <param name="scenes">For each clip, the scene it was made for.</param>
    /// <param name="truth">For each clip, the frames in which something happens.</param>
    public static EventReport Of(
        string part,
        Func<ChangeTrack, IReadOnlyList<int>> detector,
        IReadOnlyList<ChangeTrack> made,
        IReadOnlyList<ChangeTrack> scenes,
        IReadOnlyList<IReadOnlyList<int>> truth)
    {
        IReadOnlyList<int>[] detected = [.. made.Select(detector)];
        return new EventReport(
            part,
            EventScore.Of(detected, truth),
            EventScore.OfUnrelated(detected, truth),
            EventScore.Of([.. scenes.Select(detector)], truth));
    }
}
