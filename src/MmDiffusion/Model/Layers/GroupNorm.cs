using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>
/// Group normalisation of [N,…,C] in 32 groups, whose statistics span everything between samples and channels. Statistics are float32
/// whatever the input, and the result has the input's precision.
/// </summary>
internal sealed class GroupNorm : Module<Tensor, Tensor>, INorm, IInitializable, ISummingLayer
{
    internal const int Groups = 32;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    internal GroupNorm(long channels, Device device) : base(nameof(GroupNorm))
    {
        _weight = Parameter(empty(channels, device: device));
        _bias = Parameter(empty(channels, device: device));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Weight => _weight;

    /// <inheritdoc/>
    public Tensor Bias => _bias;

    /// <inheritdoc/>
    public GradientSums? Sums { get; set; }

    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        _weight.FillInPlace(1);
        _bias.FillInPlace(0);
    }

    public override Tensor forward(Tensor x) => FusedNorm.Apply(x, _weight, _bias, null, Groups, silu: false, sums: Sums);

    public Tensor AlongFrames(Tensor x) => FrameNorm.Apply(x, _weight, _bias, Groups);

    public Tensor Activate(Tensor x, bool owned) => FusedNorm.Apply(x, _weight, _bias, null, Groups, silu: true, owned, Sums);

    public Tensor ModulateAndActivate(Tensor x, Tensor modulation) =>
        FusedNorm.Apply(x, _weight, _bias, modulation, Groups, silu: true, owned: true, Sums);
}

/// <summary>A norm, with what stands behind it in a residual block.</summary>
internal interface INorm
{
    /// <summary>norm(x) of [N,…,C].</summary>
    Tensor forward(Tensor x);

    /// <summary>norm(x) of [B,F,P,C], each pixel's frames on their own; without gradients.</summary>
    Tensor AlongFrames(Tensor x);

    /// <summary>SiLU(norm(x)). Where x is owned, so that nothing else uses it, and no gradient is kept, it becomes the result.</summary>
    Tensor Activate(Tensor x, bool owned);

    /// <summary>
    /// SiLU(norm(x)·(1 + scale) + shift), with the timestep's scale and shift side by side, [N,2C], or [N,F,2C] by frame. Where no
    /// gradient is kept, x becomes the result.
    /// </summary>
    Tensor ModulateAndActivate(Tensor x, Tensor modulation);
}

/// <summary>A group norm one name deeper, as the Coupled U-Net's checkpoints have it.</summary>
internal sealed class NestedGroupNorm : Module<Tensor, Tensor>, INorm
{
    [ComponentName(Name = "GroupNorm")]
    private readonly GroupNorm _norm;

    internal NestedGroupNorm(long channels, Device device) : base(nameof(NestedGroupNorm))
    {
        _norm = new GroupNorm(channels, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => _norm.forward(x);

    public Tensor AlongFrames(Tensor x) => _norm.AlongFrames(x);

    public Tensor Activate(Tensor x, bool owned) => _norm.Activate(x, owned);

    public Tensor ModulateAndActivate(Tensor x, Tensor modulation) => _norm.ModulateAndActivate(x, modulation);
}
