using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A network in evaluation mode, with what its weights mean.</summary>
public abstract class LoadedModel : IDisposable
{
    private protected LoadedModel(ModelDirectory directory, nn.Module network, string? digest, Device device)
    {
        Directory = directory;
        Loaded = network;
        Digest = digest;
        Device = device;
    }

    /// <summary>Where it was loaded from.</summary>
    public ModelDirectory Directory { get; }

    /// <summary>SHA-256 of the weights' file in hexadecimal; null where the network has no weights but those training starts with.</summary>
    public string? Digest { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>What its convolutions and attention compute in.</summary>
    public abstract ScalarType ComputeType { get; }

    /// <summary>The network; null while its memory is given to others.</summary>
    private protected nn.Module? Loaded { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Loaded?.Dispose();
        GC.SuppressFinalize(this);
    }
}
