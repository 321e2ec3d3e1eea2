using MmDiffusion.Evaluation.Extraction;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Which extractor was used.</summary>
/// <param name="Name">As its description says.</param>
/// <param name="Digest">The SHA-256 of its weights in hexadecimal.</param>
/// <param name="Note">What its description says to readers.</param>
public sealed record ExtractorRecord(string Name, string Digest, string? Note)
{
    /// <summary>Features that it makes of a clip; null in reports that do not tell.</summary>
    public int? Dimensions { get; init; }

    internal static ExtractorRecord Of(FeatureExtractor extractor, int dimensions) =>
        new(extractor.Description.Name, extractor.Digest, extractor.Description.Note) { Dimensions = dimensions };
}
