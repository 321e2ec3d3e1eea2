namespace MmDiffusion.Data.Doctor;

/// <summary>Something that is wrong with a file.</summary>
/// <param name="Path">The file, in its data set's folder.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Detail">What was found, in a few words.</param>
/// <param name="Other">The other file, where there is one: of the held-out set for <see cref="FindingKind.Shared"/>.</param>
public sealed record Finding(string Path, FindingKind Kind, string Detail, string? Other = null)
{
    /// <summary>Whether the file gives no clips or spoils the evaluation; other findings are for people to judge.</summary>
    public bool IsError => Kind <= FindingKind.Shared;

    /// <summary>Further files of which the same is to be said: the others that are like <see cref="Other"/>. None by default.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>Whether the file is one of the held-out set.</summary>
    public bool HeldOut { get; init; }
}

/// <summary>What can be wrong with a file of a data set.</summary>
public enum FindingKind
{
    /// <summary>It cannot be read, or its picture or sound breaks off. An error.</summary>
    Unreadable,

    /// <summary>It has no moving picture. An error.</summary>
    NoPicture,

    /// <summary>It has no sound. An error.</summary>
    NoSound,

    /// <summary>It has fewer frames than a clip. An error.</summary>
    TooShort,

    /// <summary>It, or a part of it, is in the training set and in the held-out set. An error.</summary>
    Shared,

    /// <summary>ffmpeg complains while it decodes the middle of it, and makes up what is missing.</summary>
    Damaged,

    /// <summary>Its sound is silent throughout.</summary>
    Silent,

    /// <summary>The first channel of its sound, which clips get as a rule, is silent throughout; they get the mean of the others.</summary>
    SilentChannel,

    /// <summary>
    /// Its picture has a high dynamic range, and is tone-mapped for clips, or comes out pale where ffmpeg cannot do that.
    /// </summary>
    HighDynamicRange,

    /// <summary>Its picture is interlaced, and is deinterlaced for clips.</summary>
    Interlaced,

    /// <summary>It has several video or audio streams, of which clips get one.</summary>
    SeveralStreams,

    /// <summary>Its picture is of one colour throughout.</summary>
    Blank,

    /// <summary>Its picture does not move.</summary>
    Still,

    /// <summary>Its frame rate or sample rate is lower than that of the clips, which then repeat frames or lack high tones.</summary>
    LowRate,

    /// <summary>Its frames are not evenly spaced.</summary>
    VariableRate,

    /// <summary>Its clock jumps, which is mended on reading: what lies on both sides of the jump may not belong together.</summary>
    ClockJump,

    /// <summary>Picture and sound do not begin or end together, or the sound comes before or after what is seen.</summary>
    Offset,

    /// <summary>Another file has the same bytes.</summary>
    ExactDuplicate,

    /// <summary>Another file shows and sounds the same for a while.</summary>
    NearDuplicate,
}
