namespace MmDiffusion.Studio.Studies;

/// <summary>Whether a study takes answers.</summary>
internal enum StudyState
{
    /// <summary>Raters may join and answer.</summary>
    Open,

    /// <summary>Raters are asked to come back later.</summary>
    Paused,

    /// <summary>Nothing is accepted any more.</summary>
    Closed,
}
