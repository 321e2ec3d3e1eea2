using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

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
