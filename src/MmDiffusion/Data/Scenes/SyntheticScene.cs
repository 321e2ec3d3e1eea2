using MmDiffusion.Media;

namespace MmDiffusion.Data.Scenes;

/// <summary>A drawn clip and the truth about it.</summary>
/// <param name="Seed">The seed that draws it again.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Clip">Picture and sound.</param>
/// <param name="EventTimes">When something is both seen and heard to begin, in seconds from the start, ascending.</param>
public sealed record SyntheticScene(ulong Seed, SceneKind Kind, Clip Clip, IReadOnlyList<double> EventTimes);
