using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Storage;

/// <summary>An item that a rater is to rate, or has rated.</summary>
internal sealed class TaskRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    public required string RaterId { get; init; }

    public required string ItemId { get; init; }

    /// <summary>Place in the rater's order, from 0.</summary>
    public required int Position { get; init; }

    public required Role Role { get; init; }

    /// <summary>Whether clip B of a pair is shown first.</summary>
    public required bool Swapped { get; init; }

    /// <summary>The name of the first clip in the rater's browser; no other task has it.</summary>
    public required string FirstMedia { get; init; }

    public string? SecondMedia { get; init; }

    /// <summary>The place is kept for the rater from here on, for a while.</summary>
    public required long AssignedAt { get; set; }

    public long? AnsweredAt { get; set; }
}
