namespace MmDiffusion.Evaluation.Extraction;

/// <summary>What came out of training an embedded extractor.</summary>
/// <param name="Path">Its description.</param>
/// <param name="Digest">The SHA-256 of its weights.</param>
/// <param name="Loss">The mean loss of the last tenth of the steps.</param>
/// <param name="Kind">Share of unseen scenes whose kind it tells.</param>
/// <param name="Tampered">Share of unseen scenes of which it tells whether they were tampered with and how: in time, in detail, by noise, or not, a quarter each.</param>
public sealed record ExtractorTrainingReport(string Path, string Digest, double Loss, double Kind, double Tampered);
