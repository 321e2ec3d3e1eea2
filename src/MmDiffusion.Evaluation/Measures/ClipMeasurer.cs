using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Measures;

/// <summary>Compares sets of clips that are measured already.</summary>
internal sealed class ClipMeasurer(EvaluationProtocol protocol, Action<EvaluationProgress>? progress, CancellationToken cancellation)
{
    internal ClipMeasures Measure(ClipSet real, ClipSet generated, ClipSet? training)
    {
        // The one that can be refused comes first.
        var memorisation = training is null ? null : Memorisation.Of(real, generated, training, Seed("training"));
        var tracks = new RealAndGenerated<ClipSet>(real, generated).Map(set => set.Clips.Select(clip => clip.Look.Track).ToList());
        var alignment = tracks.Map(set => AlignmentScore.Of(set, Seed("alignment")));
        using var scope = NewDisposeScope();
        var (video, audio) = (Features(real.Video(), generated.Video()), Features(real.Audio(), generated.Audio()));
        return new ClipMeasures
        {
            Fvd = Estimate("FVD", new FrechetDistance(video.Real, video.Generated), protocol.FvdScale),
            Kvd = Estimate("KVD", new KernelDistance(video.Real, video.Generated), protocol.KvdScale),
            Fad = Estimate("FAD", new FrechetDistance(audio.Real, audio.Generated), protocol.FadScale),
            Alignment = alignment.Map(score => new Measure(score.Score, score.Interval, score.PerClip.Count)),
            EventMatch = tracks.Map(set => EventMatch.Of(set, EventDetector.Seen, Seed("events"))),
            FlowMatch = tracks.Map(set => EventMatch.Of(set, EventDetector.Moved, Seed("flow"))),
            VideoDiversity = video.Map(features => Diversity.Of(features, Seed("video"))),
            AudioDiversity = audio.Map(features => Diversity.Of(features, Seed("audio"))),
            Memorisation = memorisation,
            AlignmentPerClip = alignment.Map(score => score.PerClip),
            Ranking = ClipRanking.Of(real, generated, alignment.Generated.PerClip),
            VideoProjection = Projection.Of(video.Real, video.Generated),
            AudioProjection = Projection.Of(audio.Real, audio.Generated),
        };
    }

    private DistanceEstimate Estimate(string name, ISampleDistance distance, double scale)
    {
        using (distance)
        {
            var done = 0;
            return new DistanceEstimator(distance, protocol.Resamples, Seed(name))
                .Estimate(
                    () => progress?.Invoke(new EvaluationProgress($"measuring {name}", ++done, protocol.Resamples, "resample")),
                    cancellation).Times(scale);
        }
    }

    private static RealAndGenerated<Tensor> Features(Tensor real, Tensor generated) => new(real, generated);

    private ulong Seed(string use) => Seeds.Derive(protocol.Seed, use);
}

/// <summary>Every figure of an evaluation.</summary>
public sealed record ClipMeasures
{
    /// <summary>Fréchet distance of the video features.</summary>
    public required DistanceEstimate Fvd { get; init; }

    /// <summary>Kernel distance of the video features.</summary>
    public required DistanceEstimate Kvd { get; init; }

    /// <summary>Fréchet distance of the audio features.</summary>
    public required DistanceEstimate Fad { get; init; }

    /// <summary>How often a clip's own sound fits its picture better than another's; 0.5 is chance.</summary>
    public required RealAndGenerated<Measure> Alignment { get; init; }

    /// <summary>Which share of sudden sounds and changes come together.</summary>
    public required RealAndGenerated<EventMatch> EventMatch { get; init; }

    /// <summary>Which share of sudden sounds and sudden motion, by optical flow, come together.</summary>
    public required RealAndGenerated<EventMatch> FlowMatch { get; init; }

    /// <summary>Mean distance of two clips' video features.</summary>
    public required RealAndGenerated<Measure> VideoDiversity { get; init; }

    /// <summary>Mean distance of two clips' audio features.</summary>
    public required RealAndGenerated<Measure> AudioDiversity { get; init; }

    /// <summary>Whether training clips were memorised; null where they were not given.</summary>
    public Memorisation? Memorisation { get; init; }

    /// <summary>For each clip, how often its own sound fits better.</summary>
    public required RealAndGenerated<IReadOnlyList<double>> AlignmentPerClip { get; init; }

    /// <summary>Generated clips, the most real first.</summary>
    public required IReadOnlyList<ClipRank> Ranking { get; init; }

    /// <summary>Video features in a plane.</summary>
    public required Projection VideoProjection { get; init; }

    /// <summary>Audio features in a plane.</summary>
    public required Projection AudioProjection { get; init; }
}

/// <summary>A value and how far it can be trusted.</summary>
/// <param name="Score">Of all clips.</param>
/// <param name="Interval">The 95% interval, by bootstrap over clips.</param>
/// <param name="Clips">How many.</param>
public sealed record Measure(double Score, Interval Interval, int Clips);
