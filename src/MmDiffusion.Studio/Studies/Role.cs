namespace MmDiffusion.Studio.Studies;

/// <summary>Why a rater is shown something.</summary>
internal enum Role
{
    /// <summary>For the result.</summary>
    Scored,

    /// <summary>A clip that tells what to answer, to see whether the rater looks.</summary>
    Attention,

    /// <summary>Something rated before, to see whether the rater agrees with themselves. Not part of the result.</summary>
    Duplicate,
}
