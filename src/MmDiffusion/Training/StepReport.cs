namespace MmDiffusion.Training;

/// <summary>What a training step did.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">Mean loss of the batch, as weighted for training.</param>
/// <param name="VideoLoss">Mean squared error of the frames' prediction.</param>
/// <param name="AudioLoss">Mean squared error of the sound's prediction; null where there is no sound.</param>
/// <param name="GradientNorm">Length of the gradient before it was cut.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
public sealed record StepReport(long Step, double Loss, double VideoLoss, double? AudioLoss, double GradientNorm, double LearningRate);
