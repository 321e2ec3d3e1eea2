namespace MmDiffusion.Training;

/// <summary>Where a run is.</summary>
/// <param name="Report">The step just made.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Review">The last look at the run; null before the first.</param>
/// <param name="Notice">A sentence about the ranks that the user should read; null where there is none.</param>
public sealed record TrainingProgress(StepReport Report, long Steps, ReviewReport? Review, string? Notice = null);
