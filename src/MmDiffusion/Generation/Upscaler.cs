using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A super-resolution U-Net ready to enlarge frames.</summary>
public sealed class Upscaler : IModel, IDisposable
{
    private Upscaler(ModelDirectory directory, SuperResolutionUNet network, string? digest, Device device)
    {
        Directory = directory;
        Network = network;
        Digest = digest;
        Device = device;
    }

    /// <inheritdoc/>
    public ModelDirectory Directory { get; }

    /// <inheritdoc/>
    public string? Digest { get; }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public ScalarType ComputeType => Network.ComputeType;

    /// <summary>The network, in evaluation mode.</summary>
    public SuperResolutionUNet Network { get; }

    /// <summary>How many times larger frames become.</summary>
    public double Factor => (double)Network.Configuration.LargeSize / Network.Configuration.SmallSize;

    /// <summary>Loads a model.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">The weights do not fit the description, or cannot be read.</exception>
    public static Upscaler Load(ModelDirectory directory, ModelOptions options)
    {
        var configuration = directory.Description.SuperResolution ?? throw new MmDiffusionException($"'{directory.Path}' is no upscaler; give it as --model");
        var network = new SuperResolutionUNet(configuration) { ComputeType = PrecisionChoice.For(options.Precision, options.Device).Type };
        var digest = Weights.Fill(network, directory, network.Initialize, options.Device);
        return new Upscaler(directory, network, digest, options.Device);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
