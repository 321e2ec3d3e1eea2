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
internal sealed class GroupNorm : Module<Tensor, Tensor>, INorm, IInitializable
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

    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        _weight.fill_(1);
        _bias.fill_(0);
    }

    public override Tensor forward(Tensor x) => Apply(x, silu: false, owned: false);

    public Tensor AlongFrames(Tensor x) => FrameNorm.Apply(x, _weight, _bias, Groups);

    public Tensor Activate(Tensor x, bool owned) => Apply(x, silu: true, owned);

    public Tensor ModulateAndActivate(Tensor x, Tensor scale, Tensor shift)
    {
        using var scope = NewDisposeScope();
        var gain = scale + 1;
        return FusedNorm.Apply(x, gain * _weight, addcmul(shift, gain, _bias, 1), Groups, silu: true, owned: true).MoveToOuterDisposeScope();
    }

    private Tensor Apply(Tensor x, bool silu, bool owned)
    {
        using var scope = NewDisposeScope();
        var (samples, channels) = (x.shape[0], x.shape[^1]);
        return FusedNorm.Apply(x, _weight.expand(samples, channels), _bias.expand(samples, channels), Groups, silu, owned).MoveToOuterDisposeScope();
    }
}
