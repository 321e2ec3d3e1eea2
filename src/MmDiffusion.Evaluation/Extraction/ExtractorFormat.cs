namespace MmDiffusion.Evaluation.Extraction;

/// <summary>How an extractor is stored.</summary>
public enum ExtractorFormat
{
    /// <summary>Weights of I3D under the published names, safetensors or PyTorch.</summary>
    I3d,

    /// <summary>Weights of the small classifier of synthetic scenes.</summary>
    Embedded,

    /// <summary>A whole network as TorchScript.</summary>
    Torchscript,

    /// <summary>A whole network as ONNX.</summary>
    Onnx,
}
