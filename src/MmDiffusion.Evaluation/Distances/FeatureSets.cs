using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>What every comparison of features needs.</summary>
internal static class FeatureSets
{
    /// <exception cref="MmDiffusionException">The features cannot be compared.</exception>
    internal static void Require(Tensor real, Tensor generated)
    {
        if (real.dim() != 2 || generated.dim() != 2 || real.shape[1] != generated.shape[1])
            throw new MmDiffusionException(
                $"features of shapes [{string.Join(",", real.shape)}] and [{string.Join(",", generated.shape)}] cannot be compared, "
                + "expected [clips,dimensions] with as many dimensions");
        RequireClips(real, "real");
        RequireClips(generated, "generated");
    }

    /// <summary>A float64 copy that lives as long as its owner wants.</summary>
    internal static Tensor Own(Tensor features)
    {
        using var scope = NewDisposeScope();
        return features.detach().to(ScalarType.Float64, copy: true).DetachFromDisposeScope();
    }

    private static void RequireClips(Tensor features, string name)
    {
        using var scope = NewDisposeScope();
        if (features.shape[0] < 2)
            throw new MmDiffusionException($"there are features of {features.shape[0]} {name} clips, expected at least 2");
        if (!features.isfinite().all().item<bool>())
            throw new MmDiffusionException(
                $"features of the {name} clips are not finite numbers; check the extractor's input range and weights");
    }
}
