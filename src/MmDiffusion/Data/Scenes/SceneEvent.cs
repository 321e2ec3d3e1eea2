namespace MmDiffusion.Data.Scenes;

/// <summary>Something that is seen and heard at once.</summary>
/// <param name="Time">Seconds from the clip's start.</param>
/// <param name="Strength">0 … 1: how bright and how loud.</param>
internal readonly record struct SceneEvent(double Time, double Strength);
