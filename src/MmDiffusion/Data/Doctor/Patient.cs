namespace MmDiffusion.Data;

/// <summary>A file that is examined.</summary>
internal sealed record Patient(IndexedFile File, Fingerprint Fingerprint, bool HeldOut)
{
    internal Finding Finding(FindingKind kind, FormattableString detail, string? other = null) =>
        new(File.Path, kind, FormattableString.Invariant(detail), other) { HeldOut = HeldOut };
}
