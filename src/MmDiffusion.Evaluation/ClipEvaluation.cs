using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Evaluation;

/// <summary>Judges generated clips by real ones.</summary>
/// <param name="protocol">How.</param>
/// <param name="cache">Keeps what was measured of each clip; null to measure all of them again.</param>
/// <param name="collective">
/// Who else measures clips: the first rank calls <see cref="Run"/>, the others <see cref="Help"/>. Null for nobody.
/// </param>
public sealed class ClipEvaluation(EvaluationProtocol protocol, FeatureCache? cache, ICollective? collective = null)
{
    private readonly ICollective _ranks = collective ?? new SingleProcess();

    /// <summary>Measures all clips and compares them.</summary>
    /// <param name="folders">Where they are.</param>
    /// <param name="label">How tables call the generated clips; null for the name of their folder.</param>
    /// <param name="progress">Told how far it is, by one thread at a time.</param>
    /// <param name="cancellation">Ends the work; what was measured of clips is kept.</param>
    /// <exception cref="MmDiffusionException">
    /// There are too few clips, they cannot be read or differ in shape, or an extractor is not right.
    /// </exception>
    public EvaluationReport Run(
        EvaluationFolders folders,
        string? label = null,
        Action<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var reading = Read(folders, progress, cancellation);
        var (real, generated, training) = (reading.Real.RequireAlike(), reading.Generated.RequireAlike(), reading.Training);
        var measures = new ClipMeasurer(protocol, progress, cancellation).Measure(real, generated, training);
        return new EvaluationReport
        {
            Label = label ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folders.Generated))),
            MadeAt = DateTimeOffset.UtcNow,
            Protocol = protocol,
            Streams = folders.Streams,
            Comparability = FeatureCache.Key(protocol.Identity(reading.Video, reading.Audio), real.Shape.Canonical()),
            Shape = real.Shape,
            VideoExtractor = ExtractorRecord.Of(reading.Video, real.Clips[0].Video.Length),
            AudioExtractor = ExtractorRecord.Of(reading.Audio, real.Clips[0].Audio.Length),
            Real = SetRecord.Of(folders.Real, real),
            Generated = SetRecord.Of(folders.Generated, generated),
            Training = training is null ? null : SetRecord.Of(folders.Training!, training),
            Shared = generated.Clips.Count(clip => real.Clips.Any(other => other.Digest == clip.Digest)),
            Measures = measures,
            ReadingNotices = [.. new[] { real, generated, training }.OfType<ClipSet>().SelectMany(set => set.Notices)],
        };
    }

    /// <summary>Measures clips for the first rank.</summary>
    /// <param name="folders">As it was given them.</param>
    /// <param name="cancellation">Ends the work; what was measured of clips is kept.</param>
    /// <exception cref="MmDiffusionException">Clips cannot be read, or the ranks do not find the same.</exception>
    public void Help(EvaluationFolders folders, CancellationToken cancellation = default) => Read(folders, null, cancellation).Dispose();

    private Reading Read(EvaluationFolders folders, Action<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        // All that can be wrong with the arguments is found before the long work.
        var (real, generated, training) = _ranks.Together(() => (
            ClipSelection.Choose(folders.Real, protocol), ClipSelection.Choose(folders.Generated, protocol), folders.Training is { } folder
                ? MediaInputs.ExpandClips(folder)
                : null));
        var (video, audio) = _ranks.Together(() => (protocol.Open(Modality.Video), protocol.Open(Modality.Audio)));
        _ranks.RequireSame(
            [("protocol", protocol.Identity(video, audio)), ("files", FeatureCache.Key(real.Concat(generated).Concat(training ?? [])))],
            "start every rank with the same program, command line and files");
        var reader = new FeatureReader(protocol, video, audio, cache, _ranks, folders.Streams);
        _ranks.Together(() =>
        {
            if (_ranks.Rank == 0) reader.RequireParts([.. real, .. generated, .. training ?? []], cancellation);
            return reader;
        });
        RequireAlike(First("real", real), First("generated", generated));
        return new Reading(
            video, audio, Set("real", real), Set("generated", generated),
            training is null ? null : Set("training", training, lookOnly: true));

        ClipSet First(string name, IReadOnlyList<string> paths) => new(name, reader.Read([paths[0]], lookOnly: true, null, cancellation));

        ClipSet Set(string name, IReadOnlyList<string> paths, bool lookOnly = false) => new(name, reader.Read(
            paths,
            lookOnly,
            done => progress?.Invoke(new EvaluationProgress($"reading {name} clips", done, paths.Count, "clip")),
            cancellation));
    }

    /// <summary>Looks at one clip of each set, rather than at all of them after they are read.</summary>
    private void RequireAlike(ClipSet real, ClipSet generated) => _ranks.Together(() =>
    {
        real.RequireAlike(generated);
        return real;
    });

    private sealed record Reading(FeatureExtractor Video, FeatureExtractor Audio, ClipSet Real, ClipSet Generated, ClipSet? Training)
        : IDisposable
    {
        public void Dispose()
        {
            Video.Dispose();
            Audio.Dispose();
        }
    }
}

/// <summary>The clips of an evaluation.</summary>
/// <param name="Real">A folder of real clips, best ones that training never saw.</param>
/// <param name="Generated">A folder of generated clips.</param>
/// <param name="Training">A folder of the clips that the model was trained on; null to leave memorisation out.</param>
public sealed record EvaluationFolders(string Real, string Generated, string? Training = null)
{
    /// <summary>Which streams of each file. Those that a player would show and play by default.</summary>
    public StreamChoice Streams { get; init; } = StreamChoice.Default;
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Stage">What is done: "reading real clips".</param>
/// <param name="Done">How many are done of this stage.</param>
/// <param name="Total">How many there are to do.</param>
/// <param name="Unit">What is counted, in the singular.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total, string Unit);
