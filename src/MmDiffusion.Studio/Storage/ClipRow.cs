namespace MmDiffusion.Studio.Storage;

/// <summary>A clip as raters get it.</summary>
internal sealed class ClipRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary>Label of the system that made it; empty for an attention check.</summary>
    public required string System { get; init; }

    /// <summary>Name of the file it was made of.</summary>
    public required string Source { get; init; }
}
