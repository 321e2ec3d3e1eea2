namespace MmDiffusion.Studio.Storage;

/// <summary>A person who gave consent. Nothing here tells who.</summary>
internal sealed class RaterRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary>Of the secret in the rater's link, see <see cref="Studies.RandomId.Hash"/>.</summary>
    public required string TokenHash { get; init; }

    /// <summary>Of the rater's order.</summary>
    public required long Seed { get; init; }

    public required long JoinedAt { get; init; }

    public int SoundAttempts { get; set; }

    public long? SoundPassedAt { get; set; }

    /// <summary>Whether the headphone check was passed.</summary>
    public bool? Headphones { get; set; }

    public long? CompletedAt { get; set; }

    public string? CompletionCode { get; set; }
}
