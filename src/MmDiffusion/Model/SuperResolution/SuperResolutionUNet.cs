using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.SuperResolution;

/// <summary>
/// The super-resolution U-Net: guided-diffusion's image U-Net (Dhariwal and Nichol, 2021), given the noisy frame beside the small frame
/// enlarged. It works frame by frame. Parameters have the names of the published checkpoints.
/// </summary>
public sealed class SuperResolutionUNet : Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <summary>Colours of a frame.</summary>
    public const int Channels = 3;

    private readonly int _stride;
    private ScalarType _computeType = ScalarType.Float32;

    [ComponentName(Name = "time_embed")]
    private readonly TimestepEmbedding _timeEmbedding;

    [ComponentName(Name = "input_blocks")]
    private readonly NumberedModules<ImageStage> _inputBlocks;

    [ComponentName(Name = "middle_block")]
    private readonly ImageStage _middleBlock;

    [ComponentName(Name = "output_blocks")]
    private readonly NumberedModules<ImageStage> _outputBlocks;

    [ComponentName(Name = "out")]
    private readonly InLayers<ImageConv> _out;

    /// <summary>Builds the network; its parameters hold nothing until they are loaded or <see cref="Initialize"/>d.</summary>
    /// <param name="configuration">Its sizes.</param>
    /// <param name="device">Where the parameters live: the CPU by default; <c>meta</c> to know names and shapes alone.</param>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public SuperResolutionUNet(SuperResolutionConfiguration configuration, Device? device = null) : base(nameof(SuperResolutionUNet))
    {
        configuration.Validate();
        Nnpack.Disable();
        Configuration = configuration;
        device ??= CPU;
        using var reserved = Glibc.Reserve(); // Weights may yet change their format before they are filled.
        long channels = configuration.BaseChannels * configuration.ChannelMultipliers[0],
            embeddingChannels = 4L * configuration.BaseChannels;
        var builder = new SuperResolutionUNetBuilder(configuration, embeddingChannels, device);
        Training = new NetworkTraining(builder.Dropout);
        _stride = 1 << (configuration.ChannelMultipliers.Count - 1);
        _timeEmbedding = new TimestepEmbedding(configuration.BaseChannels, embeddingChannels, device);
        _inputBlocks = new(builder.InputBlocks);
        _middleBlock = builder.MiddleBlock;
        _outputBlocks = new(builder.OutputBlocks);
        _out = new(
            new GroupNorm(channels, device),
            new ImageConv(channels, Channels * (configuration.LearnSigma ? 2 : 1), 3, device, zeroStart: true));
        RegisterComponents();
    }

    /// <summary>Its sizes.</summary>
    public SuperResolutionConfiguration Configuration { get; }

    /// <summary>Heights and widths are multiples of it, so that every level can halve them.</summary>
    internal int Stride => _stride;

    /// <summary>
    /// The type that convolutions and attention compute in, float32 unless set. Norms, embeddings, inputs and outputs stay float32.
    /// Set before weights are loaded, it converts them on the way in.
    /// </summary>
    public ScalarType ComputeType
    {
        get => _computeType;
        set => ComputePrecision.Convert([_inputBlocks, _middleBlock, _outputBlocks, _out], _computeType = value);
    }

    /// <summary>What only training sets.</summary>
    public NetworkTraining Training { get; }

    /// <summary>Fills the parameters as training starts with them.</summary>
    public void Initialize(IRandomSource random) => Initialization.Initialize(this, random);

    /// <summary>Runs the network.</summary>
    /// <param name="x">Noisy frames [N,3,H,W]; sizes other than the configured ones work where every level can halve them.</param>
    /// <param name="timesteps">[N], 0 … 999; may be fractional.</param>
    /// <param name="lowResolution">The small frames [N,3,h,w] in [-1, 1].</param>
    /// <returns>The prediction [N,3,H,W]; with learned sigma [N,6,H,W].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit each other or the network.</exception>
    public override Tensor forward(Tensor x, Tensor timesteps, Tensor lowResolution) => forward(x, timesteps, lowResolution, null);

    /// <summary>Runs the network, perhaps with deep features of a call before.</summary>
    /// <param name="x">Noisy frames [N,3,H,W].</param>
    /// <param name="timesteps">[N], 0 … 999.</param>
    /// <param name="lowResolution">The small frames [N,3,h,w] in [-1, 1].</param>
    /// <param name="reuse">The features of this run; null to compute everything.</param>
    /// <returns>The prediction [N,3,H,W]; with learned sigma [N,6,H,W].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit each other, the network or the run.</exception>
    public Tensor forward(Tensor x, Tensor timesteps, Tensor lowResolution, DeepFeatures? reuse)
    {
        Guard(x, timesteps, lowResolution);
        using var scope = NewDisposeScope();
        var embedding = _timeEmbedding.forward(timesteps);
        var enlarged = functional.interpolate(
            lowResolution,
            size: [x.size(2), x.size(3)],
            mode: InterpolationMode.Bilinear,
            align_corners: false);
        var h = cat([x, enlarged], dim: 1).permute(0, 2, 3, 1).to_type(ComputeType).contiguous(); // [N,C,H,W] → [N,H,W,C]
        var skips = new Stack<Tensor>();
        var (stages, kept) = (_inputBlocks.All.Count, reuse?.Recall(x.size(0)));
        var upper = reuse?.UpperStages(Configuration.BlocksPerLevel, stages);
        foreach (var block in _inputBlocks.All.Take(kept is null ? stages : upper!.Value)) skips.Push(h = Run(block, h, embedding));
        h = kept?.Video ?? Run(_middleBlock, h, embedding);
        foreach (var block in _outputBlocks.All.Skip(stages - skips.Count))
        {
            if (kept is null && skips.Count == upper) reuse!.Keep(new AudioVideo(h, null));
            using var joined = Join(h, skips.Pop());
            h = Run(block, joined, embedding, owned: true);
        }
        // [N,H,W,C] → [N,C,H,W]
        return _out.forward(h).permute(0, 3, 1, 2).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Run(ImageStage stage, Tensor x, Tensor embedding, bool owned = false) => Training.Run(
        stage,
        (inputs, owns) => [stage.Forward(inputs[0], inputs[1], owns)],
        usesTimestep: stage != _inputBlocks.All[0],
        owned,
        x,
        embedding)[0];

    /// <summary>Concatenates the channels and lets both inputs go.</summary>
    private static Tensor Join(Tensor deep, Tensor shallow)
    {
        using (deep)
        using (shallow)
            return cat([deep, shallow], dim: -1);
    }

    private void Guard(Tensor x, Tensor timesteps, Tensor lowResolution)
    {
        if (x.dim() != 4 || x.size(1) != Channels || x.size(2) % _stride != 0 || x.size(3) % _stride != 0)
            throw new ArgumentException(
                $"frames are [{string.Join(", ", x.shape)}], expected [N, {Channels}, H, W] with H and W multiples of {_stride}");
        if (lowResolution.dim() != 4 || lowResolution.size(0) != x.size(0) || lowResolution.size(1) != Channels)
            throw new ArgumentException(
                $"small frames are [{string.Join(", ", lowResolution.shape)}], expected [{x.size(0)}, {Channels}, h, w]");
        if (timesteps.dim() != 1 || timesteps.size(0) != x.size(0))
            throw new ArgumentException($"timesteps are [{string.Join(", ", timesteps.shape)}], expected [{x.size(0)}]");
    }
}
