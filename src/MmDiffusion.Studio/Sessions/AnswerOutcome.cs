namespace MmDiffusion.Studio.Sessions;

/// <summary>What became of an answer.</summary>
internal enum AnswerOutcome
{
    /// <summary>It is on the disk.</summary>
    Stored,

    /// <summary>An answer to the same task already was; that one counts.</summary>
    Repeated,

    /// <summary>The rater has no such task.</summary>
    Unknown,

    /// <summary>The clips were not played to their end.</summary>
    NotPlayed,

    /// <summary>The rater was away for so long that somebody else rated the clip.</summary>
    TakenOver,

    /// <summary>The study is paused or closed.</summary>
    NotOpen,
}
