namespace MmDiffusion.Checkpoints;

/// <summary>How a file stores weights.</summary>
public enum WeightFormat
{
    /// <summary>A JSON header, then the bytes of each tensor.</summary>
    Safetensors,

    /// <summary>A zip of a pickle and of the tensors' bytes, as PyTorch writes since 1.6.</summary>
    PyTorchZip,

    /// <summary>Pickles and bytes one after the other, as PyTorch wrote before.</summary>
    PyTorchLegacy,
}
