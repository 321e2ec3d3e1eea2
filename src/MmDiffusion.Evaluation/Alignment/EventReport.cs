namespace MmDiffusion.Evaluation.Alignment;

/// <summary>How well one part of clips hits the events of the scenes they were made for, between what chance and what the scenes themselves give.</summary>
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
        string part, Func<ChangeTrack, IReadOnlyList<int>> detector, IReadOnlyList<ChangeTrack> made, IReadOnlyList<ChangeTrack> scenes, IReadOnlyList<IReadOnlyList<int>> truth)
    {
        IReadOnlyList<int>[] detected = [.. made.Select(detector)];
        return new EventReport(part, EventScore.Of(detected, truth), EventScore.OfUnrelated(detected, truth), EventScore.Of([.. scenes.Select(detector)], truth));
    }
}
