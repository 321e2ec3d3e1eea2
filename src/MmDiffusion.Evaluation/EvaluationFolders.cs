using MmDiffusion.Media;

namespace MmDiffusion.Evaluation;

/// <summary>The clips of an evaluation.</summary>
/// <param name="Real">A folder of real clips, best ones that training never saw.</param>
/// <param name="Generated">A folder of generated clips.</param>
/// <param name="Training">A folder of the clips that the model was trained on; null to leave memorisation out.</param>
public sealed record EvaluationFolders(string Real, string Generated, string? Training = null)
{
    /// <summary>Which streams of each file. Those that a player would show and play by default.</summary>
    public StreamChoice Streams { get; init; } = StreamChoice.Default;
}
