using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A super-resolution U-Net ready to enlarge frames.</summary>
public sealed class Upscaler : LoadedModel
{
    private Upscaler(ModelDirectory directory, SuperResolutionUNet network, string? digest, ModelOptions options) : base(directory, network, digest, options) =>
        (ComputeType, Configuration, Stride) = (network.ComputeType, network.Configuration, network.Stride);

    /// <summary>The network.</summary>
    public SuperResolutionUNet Network => (SuperResolutionUNet)Awake;

    /// <inheritdoc/>
    public override ScalarType ComputeType { get; }

    /// <summary>How many times larger frames become.</summary>
    public double Factor => (double)Configuration.LargeSize / Configuration.SmallSize;

    /// <summary>The network's sizes.</summary>
    internal SuperResolutionConfiguration Configuration { get; }

    /// <summary>What the extents of an enlarged frame are multiples of.</summary>
    internal int Stride { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">The weights do not fit the description, or cannot be read.</exception>
    public static Upscaler Load(ModelDirectory directory, ModelOptions options)
    {
        var (network, digest) = Read(directory, options);
        return new Upscaler(directory, network, digest, options);
    }

    private protected override (nn.Module Network, string? Digest) Read() => Read(Directory, Options);

    private static (SuperResolutionUNet Network, string? Digest) Read(ModelDirectory directory, ModelOptions options)
    {
        var configuration = directory.Description.SuperResolution ?? throw new MmDiffusionException($"'{directory.Path}' is no upscaler; give it as --model");
        var network = new SuperResolutionUNet(configuration) { ComputeType = PrecisionChoice.For(options.Precision, options.Device).Type };
        return (network, Weights.Fill(network, directory, network.Initialize, options.Device));
    }
}
