namespace MmDiffusion.Evaluation.Measures;

/// <summary>A clip and the training clip that it is most like.</summary>
/// <param name="Clip">The file.</param>
/// <param name="Training">The training clip's file.</param>
/// <param name="Distance">Root mean square difference of their thumbnails, in levels of 255.</param>
public sealed record NearestPair(string Clip, string Training, double Distance);
