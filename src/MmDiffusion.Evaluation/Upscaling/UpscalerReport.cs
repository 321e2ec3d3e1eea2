namespace MmDiffusion.Evaluation.Upscaling;

/// <summary>An upscaler beside plain bicubic enlargement, on small frames degraded as in training.</summary>
/// <param name="Upscaler">The upscaler's frames.</param>
/// <param name="Bicubic">Bicubic frames from the same small ones.</param>
/// <param name="Gain">How many dB the upscaler is nearer, on average.</param>
/// <param name="GainInterval">The 95% interval of the gain, by bootstrap over clips.</param>
/// <param name="Clips">Number of clips.</param>
/// <param name="Frames">Frames of each.</param>
public sealed record UpscalerReport(EnlargementScore Upscaler, EnlargementScore Bicubic, double Gain, Interval GainInterval, int Clips, int Frames);
