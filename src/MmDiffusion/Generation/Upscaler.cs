using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A super-resolution U-Net ready to enlarge frames.</summary>
public sealed class Upscaler : LoadedModel
{
    private Upscaler(ModelDirectory directory, SuperResolutionUNet network, string? digest, Device device) : base(directory, network, digest, device) => Network = network;

    /// <summary>The network.</summary>
    public SuperResolutionUNet Network { get; }

    /// <inheritdoc/>
    public override ScalarType ComputeType => Network.ComputeType;

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
        return new Upscaler(directory, network, Weights.Fill(network, directory, network.Initialize, options.Device), options.Device);
    }
}
