using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

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

    public Tensor ModulateAndActivate(Tensor x, Tensor modulation) => FusedNorm.Apply(x, _weight, _bias, modulation, Groups, silu: true, owned: true, Sums);
}
