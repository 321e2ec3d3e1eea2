using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>x + projection(attend(qkv(norm(x)))) over sequences [N,T,C], each normed and attended on its own.</summary>
internal sealed class SelfAttention : Module<Tensor, Tensor>
{
    private readonly long _heads;
    private readonly HeadOrder _order;

    [ComponentName(Name = "norm")]
    private readonly Module _norm;

    [ComponentName(Name = "qkv")]
    private readonly Kernel _qkv;

    [ComponentName(Name = "proj_out")]
    private readonly Kernel _projection;

    internal SelfAttention(long channels, long heads, HeadOrder order, INorm norm, Device device) : base(nameof(SelfAttention))
    {
        _heads = heads;
        _order = order;
        _norm = (Module)norm;
        _qkv = new Kernel([3 * channels, channels, 1], device);
        _projection = new Kernel([channels, channels, 1], device, zeroStart: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var qkv = _qkv.forward(((INorm)_norm).forward(x));
        var (q, k, v) = _order == HeadOrder.QkvFirst ? SplitQkvFirst(qkv) : SplitHeadsFirst(qkv);
        return Residual.Add(_projection.forward(Attention.Attend(q, k, v)), x).MoveToOuterDisposeScope();
    }

    /// <summary>The same along the frames of each pixel, [B,F,P,C], where no gradient is kept.</summary>
    internal Tensor AlongFrames(Tensor x)
    {
        using var scope = NewDisposeScope();
        var qkv = _qkv.forward(((INorm)_norm).AlongFrames(x));
        return Residual.Add(_projection.forward(FrameAttention.Apply(qkv, _heads)), x).MoveToOuterDisposeScope();
    }

    /// <summary>[N,T,3*heads*D] → three of [N,heads,T,D]</summary>
    private (Tensor, Tensor, Tensor) SplitQkvFirst(Tensor qkv)
    {
        var parts = qkv.chunk(3, dim: 2);
        return (Attention.SplitHeads(parts[0], _heads), Attention.SplitHeads(parts[1], _heads), Attention.SplitHeads(parts[2], _heads));
    }

    /// <summary>[N,T,heads*3*D] → three of [N,heads,T,D]</summary>
    private (Tensor, Tensor, Tensor) SplitHeadsFirst(Tensor qkv)
    {
        var parts = Attention.SplitHeads(qkv, _heads).chunk(3, dim: 3);
        return (parts[0], parts[1], parts[2]);
    }
}

/// <summary>How the channels of a joint query, key and value projection are laid out.</summary>
internal enum HeadOrder
{
    /// <summary>Query, key and value first, heads within each: the Coupled U-Net.</summary>
    QkvFirst,

    /// <summary>Heads first, query, key and value within each: the super-resolution U-Net (guided-diffusion's legacy order).</summary>
    HeadsFirst,
}
