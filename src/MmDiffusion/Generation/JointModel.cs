using MmDiffusion.Diffusion;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>A Coupled U-Net ready to generate.</summary>
public sealed class JointModel : LoadedModel
{
    private readonly ModelOptions _options;

    private JointModel(ModelDirectory directory, CoupledUNet network, string? digest, ModelOptions options) : base(directory, network, digest, options.Device)
    {
        _options = options;
        ComputeType = network.ComputeType;
        WeightBytes = network.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());
    }

    /// <summary>The network, loaded again where it rested.</summary>
    /// <exception cref="MmDiffusionException">It rested, and its weights are no longer there or are others.</exception>
    public CoupledUNet Network => (CoupledUNet)(Loaded ??= LoadAgain());

    /// <inheritdoc/>
    public override ScalarType ComputeType { get; }

    /// <summary>Bytes of the network's weights.</summary>
    internal long WeightBytes { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">The weights do not fit the description, or cannot be read.</exception>
    public static JointModel Load(ModelDirectory directory, ModelOptions options)
    {
        var (network, digest) = LoadNetwork(directory, options);
        return new JointModel(directory, network, digest, options);
    }

    /// <summary>Gives the network's memory to others until it is needed again.</summary>
    internal void Rest()
    {
        Loaded?.Dispose();
        Loaded = null;
    }

    /// <summary>The network as the diffusion sees it.</summary>
    /// <param name="random">Where the window shifts come from, one draw for every network call.</param>
    /// <param name="reuse">The deep features of this run, which stay the caller's; null to compute everything at every call.</param>
    public IDenoiser Denoiser(IRandomSource random, DeepFeatures? reuse = null) => new JointDenoiser(Network, random, reuse);

    private CoupledUNet LoadAgain()
    {
        var (network, digest) = LoadNetwork(Directory, _options);
        if (digest == Digest)
        {
            // It outlives the step of the work that asked for it first.
            foreach (var tensor in network.state_dict().Values) tensor.DetachFromDisposeScope();
            return network;
        }
        network.Dispose();
        throw new MmDiffusionException($"the weights in '{Directory.Path}' were replaced while they were in use; start again");
    }

    private static (CoupledUNet Network, string? Digest) LoadNetwork(ModelDirectory directory, ModelOptions options)
    {
        var configuration = directory.Description.Coupled ?? throw new MmDiffusionException($"'{directory.Path}' is no joint model; give it as --upscaler");
        var network = new CoupledUNet(configuration) { ComputeType = PrecisionChoice.For(options.Precision, options.Device).Type };
        return (network, Weights.Fill(network, directory, network.Initialize, options.Device));
    }
}
