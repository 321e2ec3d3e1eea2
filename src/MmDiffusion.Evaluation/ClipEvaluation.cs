using MmDiffusion.Data;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Evaluation;

/// <summary>Judges generated clips by real ones.</summary>
/// <param name="protocol">How.</param>
/// <param name="cache">Keeps what was measured of each clip; null to measure all anew.</param>
public sealed class ClipEvaluation(EvaluationProtocol protocol, FeatureCache? cache)
{
    /// <summary>Measures all clips and compares them.</summary>
    /// <param name="folders">Where they are.</param>
    /// <param name="label">How tables call the generated clips; null for the name of their folder.</param>
    /// <param name="progress">Told how far it is, by one thread at a time.</param>
    /// <param name="cancellation">Ends the work; what was measured of clips is kept.</param>
    /// <exception cref="MmDiffusionException">There are too few clips, they cannot be read or differ in shape, or an extractor is not right.</exception>
    public EvaluationReport Run(EvaluationFolders folders, string? label = null, Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        // All that can be wrong with the arguments is found before the long work.
        var (realFiles, generatedFiles) = (ClipSelection.Choose(folders.Real, protocol), ClipSelection.Choose(folders.Generated, protocol));
        var trainingFiles = folders.Training is { } folder ? MediaInputs.Expand([folder]) : null;
        using var video = protocol.Open(Modality.Video);
        using var audio = protocol.Open(Modality.Audio);
        var reader = new FeatureReader(protocol, video, audio, cache);
        var (real, generated) = (Read("real", realFiles).RequireAlike(), Read("generated", generatedFiles).RequireAlike());
        real.RequireAlike(generated);
        var training = trainingFiles is null ? null : Read("training", trainingFiles, lookOnly: true);
        var measures = new ClipMeasurer(protocol, progress, cancellation).Measure(real, generated, training);
        return new EvaluationReport
        {
            Label = label ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folders.Generated))),
            MadeAt = DateTimeOffset.UtcNow,
            Protocol = protocol,
            Comparability = FeatureCache.Key(protocol.Identity(video, audio), $"{real.Shape}"),
            Shape = real.Shape,
            VideoExtractor = ExtractorRecord.Of(video),
            AudioExtractor = ExtractorRecord.Of(audio),
            Real = SetRecord.Of(folders.Real, real),
            Generated = SetRecord.Of(folders.Generated, generated),
            Training = training is null ? null : SetRecord.Of(folders.Training!, training),
            Measures = measures,
        };

        ClipSet Read(string name, IReadOnlyList<string> paths, bool lookOnly = false) => new(name, reader.Read(
            paths, lookOnly, done => progress?.Invoke(new EvaluationProgress($"reading {name} clips", done, paths.Count, "clip")), cancellation));
    }
}
