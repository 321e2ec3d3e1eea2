using MmDiffusion.Evaluation.Distances;

namespace MmDiffusion.Evaluation.Measures;

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

    /// <summary>Whether training clips were learned by heart; null where they were not given.</summary>
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
