using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>A sinusoid of the timestep, then two linear layers with SiLU between: [N] → [N,E], in float32.</summary>
internal sealed class TimestepEmbedding : Module<Tensor, Tensor>
{
    private const double MaximumPeriod = 10_000;

    private readonly long _sinusoidChannels;

    [ComponentName(Name = "0")]
    private readonly Kernel _first;

    [ComponentName(Name = "2")]
    private readonly Kernel _second;

    internal TimestepEmbedding(long sinusoidChannels, long embeddingChannels, Device device) : base(nameof(TimestepEmbedding))
    {
        _sinusoidChannels = sinusoidChannels;
        _first = new Kernel([embeddingChannels, sinusoidChannels], device);
        _second = new Kernel([embeddingChannels, embeddingChannels], device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var h = _first.forward(Sinusoid(timesteps));
        return _second.forward(Activation.Silu(h)).MoveToOuterDisposeScope();
    }

    /// <summary>cos(t·f_i), then sin(t·f_i), with f_i = exp(-ln(10000)·i / (channels/2)).</summary>
    private Tensor Sinusoid(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var half = _sinusoidChannels / 2;
        var frequencies = TensorArithmetic.Range(half, ScalarType.Float32, timesteps.device)
            .MultiplyInPlace(-Math.Log(MaximumPeriod) / half).exp_();
        var angles = timesteps.to_type(ScalarType.Float32).unsqueeze(1) * frequencies;
        return cat([angles.cos(), angles.sin()], dim: 1).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A vector for each class, added to the timestep's embedding as class-conditional guided-diffusion does (Dhariwal and Nichol, arXiv
/// 2105.05233): [B] → [B,E], in float32. Row 0 is for no class. All rows start at zero, so that trained weights of a network without
/// classes can continue.
/// </summary>
internal sealed class LabelEmbedding : Module<Tensor, Tensor>, IInitializable
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    internal LabelEmbedding(long labels, long embeddingChannels, Device device) : base(nameof(LabelEmbedding))
    {
        _weight = Parameter(empty([labels + 1, embeddingChannels], device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor labels) => _weight.index_select(0, labels);

    /// <inheritdoc/>
    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        _weight.zero_();
    }
}

/// <summary>SiLU and a linear layer that turn the timestep's embedding [N,E] into a block's scale and shift [N,2C], in float32.</summary>
internal sealed class EmbeddingLayers : Module<Tensor, Tensor>
{
    [ComponentName(Name = "1")]
    private readonly Kernel _linear;

    internal EmbeddingLayers(long embeddingChannels, long channels, Device device) : base(nameof(EmbeddingLayers))
    {
        _linear = new Kernel([2 * channels, embeddingChannels], device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        return _linear.forward(functional.silu(embedding)).MoveToOuterDisposeScope();
    }
}
