using MmDiffusion.Evaluation.Features;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Which clips were used.</summary>
/// <param name="Folder">Where they were.</param>
/// <param name="Clips">How many.</param>
/// <param name="Copies">How many of them have the bytes of another one.</param>
/// <param name="Digest">The SHA-256 over those of all files: the same only for the same clips.</param>
public sealed record SetRecord(string Folder, int Clips, int Copies, string Digest)
{
    internal static SetRecord Of(string folder, ClipSet set) => new(folder, set.Clips.Count, set.Copies, set.Digest);
}
