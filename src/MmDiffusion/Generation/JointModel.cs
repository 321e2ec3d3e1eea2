using MmDiffusion.Diffusion;
using MmDiffusion.Media;
using MmDiffusion.Model;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A Coupled U-Net ready to generate.</summary>
public sealed class JointModel : LoadedModel
{
    private JointModel(ModelDirectory directory, CoupledUNet network, string? digest, ModelOptions options)
        : base(directory, network, digest, options) =>
        ComputeType = network.ComputeType;

    /// <summary>The network.</summary>
    public CoupledUNet Network => (CoupledUNet)Loaded;

    /// <inheritdoc/>
    public override ScalarType ComputeType { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">The weights do not fit the description, or cannot be read.</exception>
    public static JointModel Load(ModelDirectory directory, ModelOptions options)
    {
        var (network, digest) = Read(directory, options);
        return new JointModel(directory, network, digest, options);
    }

    /// <summary>The network as the diffusion sees it.</summary>
    /// <param name="random">Where the window shifts come from, one draw for every network call.</param>
    /// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
    /// <param name="labels">int64 [B], the class of each sample of the batch, which stays the caller's; null for none.</param>
    public IDenoiser Denoiser(IRandomSource random, DeepFeatures? reuse = null, Tensor? labels = null) =>
        new JointDenoiser(Network, random, reuse, labels);

    private protected override (nn.Module Network, string? Digest) Read() => Read(Directory, Options);

    private static (CoupledUNet Network, string? Digest) Read(ModelDirectory directory, ModelOptions options)
    {
        var configuration = directory.Description.Coupled
            ?? throw new MmDiffusionException($"'{directory.Path}' is an upscaler and no joint model; give it as the upscaler");
        var network = new CoupledUNet(configuration) { ComputeType = PrecisionChoice.For(options.Precision, options.Device).Type };
        return (network, Weights.Fill(network, directory, network.Initialize, options.Device));
    }
}

/// <summary>A Coupled U-Net whose windows shift again at every call, in sampling as in training.</summary>
/// <param name="network">The network.</param>
/// <param name="random">Where the shifts come from: as many for a call that reuses features as for one that computes everything.</param>
/// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
/// <param name="labels">int64 [B], the class of each sample of the batch, which stays the caller's; null for none.</param>
public sealed class JointDenoiser(CoupledUNet network, IRandomSource random, DeepFeatures? reuse = null, Tensor? labels = null) : IDenoiser
{
    /// <inheritdoc/>
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps) =>
        network.forward(xt, timesteps, network.DrawShifts(random, xt.BatchSize), reuse, labels);
}

/// <summary>The deep features that the denoisers of one run keep, until it is over.</summary>
/// <param name="interval">Every how many calls all is computed, at least 1.</param>
internal sealed class RunFeatures(int interval) : IDisposable
{
    private readonly List<DeepFeatures> _all = [];

    /// <summary>Those of one more denoiser; null where nothing is reused.</summary>
    internal DeepFeatures? Next()
    {
        if (interval == 1) return null;
        _all.Add(new DeepFeatures(interval));
        return _all[^1];
    }

    public void Dispose()
    {
        foreach (var features in _all) features.Dispose();
    }
}
