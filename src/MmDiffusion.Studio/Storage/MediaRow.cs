namespace MmDiffusion.Studio.Storage;

/// <summary>The bytes of a clip, apart from it so that they are read only to be sent.</summary>
internal sealed class MediaRow
{
    public required string ClipId { get; init; }

    public required byte[] Bytes { get; init; }
}
