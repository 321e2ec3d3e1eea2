using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Storage;

/// <summary>What is rated at once: a clip, or a pair of clips.</summary>
internal sealed class ItemRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary><see cref="Role.Scored"/> or <see cref="Role.Attention"/>.</summary>
    public required Role Role { get; init; }

    /// <summary>Its system, or both of a pair: raters are shown these as evenly as possible.</summary>
    public required string Stratum { get; init; }

    public required string ClipA { get; init; }

    public string? ClipB { get; init; }

    /// <summary>What an attention check tells to answer; of a pair, 1 for clip A.</summary>
    public int? Expected { get; init; }
}
