namespace MmDiffusion.Studio.Studies;

/// <summary>What raters are asked.</summary>
public enum StudyKind
{
    /// <summary>Mean opinion scores: video quality, audio quality and alignment of each clip, 1 to 5.</summary>
    Mos,

    /// <summary>Whether each clip is made by a machine or real.</summary>
    Turing,

    /// <summary>Which of two clips of different systems is better.</summary>
    Pairwise,
}
