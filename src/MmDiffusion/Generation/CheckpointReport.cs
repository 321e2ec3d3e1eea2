namespace MmDiffusion.Generation;

/// <summary>What a file of weights, or a model's folder, holds.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Weights">The weights; null where a folder has none.</param>
/// <param name="Description">The folder's description; null for a file.</param>
public sealed record CheckpointReport(string Path, WeightsReport? Weights, ModelDescription? Description);
