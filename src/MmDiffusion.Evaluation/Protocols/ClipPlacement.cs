namespace MmDiffusion.Evaluation.Protocols;

/// <summary>Where in a file that is longer than a clip the clip begins.</summary>
public enum ClipPlacement
{
    /// <summary>At the beginning.</summary>
    Beginning,

    /// <summary>Anywhere, as the protocol's seed and the file's content decide.</summary>
    Random,
}
