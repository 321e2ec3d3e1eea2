namespace MmDiffusion.Evaluation.Extraction;

/// <summary>How an embedded extractor is trained. The defaults are those of the extractors in <c>models/extractors</c>.</summary>
public sealed record ExtractorTrainingOptions
{
    /// <summary>Steps, at least 1. 400 by default.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>Scenes of a step, at least 2. 32 by default.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>The highest learning rate, reached at once, from which it falls to 0 along a cosine. 0.002 by default.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Decides scenes, weights and what is tampered with. 1000 by default, which no other command uses unless told.</summary>
    public ulong Seed { get; init; } = 1000;

    /// <summary>Scenes, of another seed, on which the result is tested. 256 by default.</summary>
    public int Tests { get; init; } = 256;
}
