using MmDiffusion.Kernels.Fused;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>
/// Self-attention along the frames of each pixel, with its norm, projections and sum: 16 frames of 32×32 with 256 channels, 4 heads.
/// </summary>
public class FrameAttentionBenchmarks : LayerBenchmark
{
    private const long Heads = 4;

    private Tensor _first = null!;
    private Tensor _last = null!;
    private Tensor _norm = null!;
    private Tensor _qkv = null!;
    private Tensor _projection = null!;
    private SelfAttention _layer = null!;

    private protected override void Make(SeededRandom random)
    {
        _first = Draw(random, 1, 16, 256, 32, 32);
        _last = _first.permute(0, 1, 3, 4, 2).flatten(2, 3).contiguous();
        (_norm, _qkv, _projection) = (random.Normal(256), Draw(random, 768, 256, 1), Draw(random, 256, 256, 1));
        _layer = Initialized(new SelfAttention(256, Heads, HeadOrder.QkvFirst, new NestedGroupNorm(256, CPU), CPU), random);
    }

    private protected override void RunPublished()
    {
        var x = _first.permute(0, 3, 4, 2, 1).reshape(1024, 256, 16); // [B,F,C,H,W] → [B*H*W,C,F]
        var normed = nn.functional.group_norm(x.to_type(ScalarType.Float32), GroupNorm.Groups, _norm, _norm, FusedNorm.Epsilon)
            .to_type(Type);
        var parts = nn.functional.conv1d(normed, _qkv).view(1024, 3, Heads, 64, 16);
        var (q, k, v) = (parts.select(1, 0), parts.select(1, 1), parts.select(1, 2)); // [N,heads,D,F]
        var weights = nn.functional.softmax((q * 0.125).transpose(2, 3).matmul(k).to_type(ScalarType.Float32), -1).to_type(Type);
        var attended = v.matmul(weights.transpose(2, 3)).flatten(1, 2); // [N,C,F]
        var sum = x + nn.functional.conv1d(attended, _projection);
        _ = sum.view(1, 32, 32, 256, 16).permute(0, 4, 3, 1, 2).contiguous();
    }

    private protected override void RunOurs() => _layer.AlongFrames(_last);
}
