namespace MmDiffusion.Evaluation.Upscaling;

/// <summary>How near enlarged frames are to the true ones.</summary>
/// <param name="Psnr">Mean peak signal-to-noise ratio of the frames, in dB; higher is nearer.</param>
/// <param name="Flicker">Mean absolute error of the change from each frame to the next, in levels of 255; the truth has 0.</param>
public sealed record EnlargementScore(double Psnr, double Flicker);
