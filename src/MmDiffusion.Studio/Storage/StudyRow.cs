using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Storage;

/// <summary>A study. Times are milliseconds since 1970, UTC, the same in every database.</summary>
internal sealed class StudyRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string PlanJson { get; init; }

    public StudyState State { get; set; }

    /// <summary>The part of the link by which raters join.</summary>
    public required string JoinToken { get; init; }

    /// <summary>See <see cref="RandomId.Hash"/>.</summary>
    public required string AdminHash { get; init; }

    /// <summary>Signs what the server hands out and wants back; shared by all servers of the database.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Length of every clip.</summary>
    public required double ClipSeconds { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required long CreatedAt { get; init; }

    internal StudyPlan Plan => field ??= StudyPlan.FromJson(PlanJson);
}
