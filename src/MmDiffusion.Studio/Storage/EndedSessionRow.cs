namespace MmDiffusion.Studio.Storage;

/// <summary>A session of an administrator who logged out, kept as long as its cookie would be good.</summary>
internal sealed class EndedSessionRow
{
    public required string Id { get; init; }

    /// <summary>When the cookie expires, in seconds since 1970, UTC.</summary>
    public required long Until { get; init; }
}
