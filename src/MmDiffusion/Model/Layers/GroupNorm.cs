using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>
/// Group normalisation of [N,C,…] in 32 groups, whose statistics span everything behind the channels. Statistics are float32 whatever
/// the input, and the result has the input's precision.
/// </summary>
internal sealed class GroupNorm : Module<Tensor, Tensor>, IModulatedNorm, IInitializable
{
    internal const int Groups = 32;
    private const double Epsilon = 1e-5;

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

    public override Tensor forward(Tensor x) => functional.group_norm(x, Groups, _weight, _bias, Epsilon);

    /// <summary>norm(x)·(1 + scale) + shift, with scale and shift [N,C].</summary>
    /// <remarks>
    /// Scale and shift fold into the norm's own weight and bias; each sample has its own, so samples become further groups of channels.
    /// </remarks>
    public Tensor Modulate(Tensor x, Tensor scale, Tensor shift)
    {
        using var scope = NewDisposeScope();
        var (samples, channels) = (x.shape[0], x.shape[1]);
        var gain = scale + 1;
        var modulatedWeight = gain * _weight;
        var modulatedBias = addcmul(shift, gain, _bias, 1);
        var joined = x.reshape(1, samples * channels, -1); // [N,C,…] → [1,N*C,…]
        var normed = functional.group_norm(joined, Groups * samples, modulatedWeight.flatten(), modulatedBias.flatten(), Epsilon);
        return normed.view(x.shape).MoveToOuterDisposeScope();
    }
}
