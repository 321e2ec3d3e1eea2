using MmDiffusion.Media;

namespace MmDiffusion.Data.Scenes;

/// <summary>A drawn clip whose picture causes its sound, and when it does.</summary>
/// <param name="Seed">Draws it again.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Clip">The picture and the sound.</param>
/// <param name="EventTimes">When something is both seen and heard to happen: seconds from the clip's start, ascending, at least one.</param>
public sealed record SyntheticScene(ulong Seed, SceneKind Kind, Clip Clip, IReadOnlyList<double> EventTimes);
