using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>Where a generation stands.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Network calls of the stage so far, times the clips or frames of each.</param>
/// <param name="Total">Those of the whole generation.</param>
public sealed record GenerationProgress(GenerationStage Stage, long Done, long Total)
{
    /// <summary>The clips of the batch as they look now, where a preview was asked for and is due; else null.</summary>
    public IReadOnlyList<Clip>? Preview { get; init; }
}
