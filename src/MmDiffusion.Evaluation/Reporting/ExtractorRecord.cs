using MmDiffusion.Evaluation.Extraction;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Which extractor was used.</summary>
/// <param name="Name">As its description says.</param>
/// <param name="Digest">The SHA-256 of its weights in hexadecimal.</param>
/// <param name="Note">What its description says to readers.</param>
public sealed record ExtractorRecord(string Name, string Digest, string? Note)
{
    internal static ExtractorRecord Of(FeatureExtractor extractor) => new(extractor.Description.Name, extractor.Digest, extractor.Description.Note);
}
