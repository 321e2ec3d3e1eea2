using MmDiffusion.Kernels.Fused;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>Group norm, scale and shift by the timestep, SiLU: 16 frames of 64×64 with 128 channels.</summary>
public class NormBenchmarks : LayerBenchmark
{
    private Tensor _first = null!;
    private Tensor _last = null!;
    private Tensor _weight = null!;
    private Tensor _scale = null!;
    private Tensor _modulation = null!;

    private protected override void Make(SeededRandom random)
    {
        _first = Draw(random, 1, 128, 16, 64, 64);
        _last = _first.permute(0, 2, 3, 4, 1).contiguous();
        (_weight, _scale) = (random.Normal(128), random.Normal(1, 128));
        _modulation = cat([_scale, _scale], dim: 1);
    }

    private protected override void RunPublished()
    {
        var normed = nn.functional
            .group_norm(_first.to_type(ScalarType.Float32), GroupNorm.Groups, _weight, _weight, FusedNorm.Epsilon)
            .to_type(Type);
        var scale = _scale.to_type(Type).view(1, 128, 1, 1, 1);
        _ = nn.functional.silu(normed * (1 + scale) + scale);
    }

    private protected override void RunOurs() => FusedNorm.Apply(_last, _weight, _weight, _modulation, GroupNorm.Groups, silu: true);
}
