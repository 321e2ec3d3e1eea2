using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>A group norm one name deeper, as the Coupled U-Net's checkpoints have it.</summary>
internal sealed class NestedGroupNorm : Module<Tensor, Tensor>, IModulatedNorm
{
    [ComponentName(Name = "GroupNorm")]
    private readonly GroupNorm _norm;

    internal NestedGroupNorm(long channels, Device device) : base(nameof(NestedGroupNorm))
    {
        _norm = new GroupNorm(channels, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => _norm.forward(x);

    public Tensor Modulate(Tensor x, Tensor scale, Tensor shift) => _norm.Modulate(x, scale, shift);
}
