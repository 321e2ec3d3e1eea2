namespace MmDiffusion.Data;

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
