namespace MmDiffusion.Evaluation.Extraction;

/// <summary>What an extractor looks at or listens to.</summary>
public enum Modality
{
    /// <summary>Frames.</summary>
    Video,

    /// <summary>Sound.</summary>
    Audio,
}
