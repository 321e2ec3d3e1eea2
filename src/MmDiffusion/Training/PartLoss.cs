namespace MmDiffusion.Training;

/// <summary>Losses of one part of a batch.</summary>
/// <param name="Timesteps">Of each sample.</param>
/// <param name="Losses">Of each sample, before weighting.</param>
/// <param name="Loss">Their mean, as weighted for training.</param>
/// <param name="Video">Mean squared error of the frames' prediction.</param>
/// <param name="Audio">The same of the sound's; 0 where there is none.</param>
internal sealed record PartLoss(long[] Timesteps, float[] Losses, double Loss, double Video, double Audio);
