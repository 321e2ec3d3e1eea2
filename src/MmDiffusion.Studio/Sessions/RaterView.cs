using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Where a rater stands, and what there is to see now.</summary>
internal abstract record RaterView(StudyRow Study, RaterRow Rater)
{
    /// <summary>The study takes no answers now.</summary>
    internal sealed record Waiting(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);

    /// <summary>The sound is to be checked first.</summary>
    internal sealed record Listening(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);

    /// <summary>Something is to be rated.</summary>
    internal sealed record Rating(StudyRow Study, RaterRow Rater, TaskRow Task, int Total) : RaterView(Study, Rater);

    /// <summary>Everything is done.</summary>
    internal sealed record Finished(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);
}
