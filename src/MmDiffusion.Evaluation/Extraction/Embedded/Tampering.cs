namespace MmDiffusion.Evaluation.Extraction;

/// <summary>What is done to a scene, for an extractor to notice.</summary>
internal enum Tampering
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Frames in another order, or sound backwards.</summary>
    Time,

    /// <summary>Frames blurred, or sound muffled.</summary>
    Detail,

    /// <summary>Noise over it.</summary>
    Noise,
}
