namespace MmDiffusion.Checkpoints;

/// <summary>A pickle that is damaged, or asks for something that is never done. The message completes "the pickle …".</summary>
internal sealed class PickleException(string message) : Exception(message);
