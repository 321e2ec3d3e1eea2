using System.ComponentModel;
using MmDiffusion.Diffusion;
using MmDiffusion.Media;
using MmDiffusion.Model;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A super-resolution U-Net ready to enlarge frames.</summary>
public sealed class Upscaler : LoadedModel
{
    private Upscaler(ModelDirectory directory, SuperResolutionUNet network, string? digest, ModelOptions options)
        : base(directory, network, digest, options) =>
        (ComputeType, Configuration, Stride) = (network.ComputeType, network.Configuration, network.Stride);

    /// <summary>The network.</summary>
    public SuperResolutionUNet Network => (SuperResolutionUNet)Loaded;

    /// <inheritdoc/>
    public override ScalarType ComputeType { get; }

    /// <summary>How many times larger frames become.</summary>
    public double Factor => (double)Configuration.LargeSize / Configuration.SmallSize;

    /// <summary>The network's sizes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public SuperResolutionConfiguration Configuration { get; }

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
        var configuration = directory.Description.SuperResolution
            ?? throw new MmDiffusionException($"'{directory.Path}' is a joint model and no upscaler; give it as the model");
        var network = new SuperResolutionUNet(configuration) { ComputeType = PrecisionChoice.For(options.Precision, options.Device).Type };
        return (network, Weights.Fill(network, directory, network.Initialize, options.Device));
    }
}

/// <summary>A super-resolution U-Net with the small frames it enlarges: a denoiser of a state that has video alone, [N,3,H,W].</summary>
/// <param name="network">The network.</param>
/// <param name="lowResolution">The small frames, [N,3,h,w] in [-1, 1].</param>
/// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
public sealed class UpscalingDenoiser(SuperResolutionUNet network, Tensor lowResolution, DeepFeatures? reuse = null) : IDenoiser
{
    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) => new(network.forward(xt.Video, timesteps, lowResolution, reuse), null);
}

/// <summary>Gives every frame of a batch the same noise, so that detail added to the frames of a clip does not flicker.</summary>
/// <param name="source">Drawn from once, whatever the number of frames.</param>
internal sealed class SharedNoise(IRandomSource source) : IRandomSource
{
    public Tensor Normal(params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Normal(one));

    public Tensor Uniform(params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Uniform(one));

    public Tensor Integers(long upper, params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Integers(upper, one));

    public Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape) => Repeat(shape, one => source.Noise(key, one));

    private static Tensor Repeat(ReadOnlySpan<long> shape, Func<long[], Tensor> draw)
    {
        using var scope = NewDisposeScope();
        long[] all = shape.ToArray(), one = shape.ToArray();
        one[0] = 1;
        return draw(one).expand(all).contiguous().MoveToOuterDisposeScope();
    }
}
