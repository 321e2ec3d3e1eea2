using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A network with what its weights mean.</summary>
public interface IModel
{
    /// <summary>Where it was loaded from.</summary>
    ModelDirectory Directory { get; }

    /// <summary>SHA-256 of the weights' file in hexadecimal; null where the network has no weights but those training starts with.</summary>
    string? Digest { get; }

    /// <summary>Where it runs.</summary>
    Device Device { get; }

    /// <summary>What its convolutions and attention compute in.</summary>
    ScalarType ComputeType { get; }
}
