using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Losses;

/// <summary>The formulas leave no tensors behind but their results.</summary>
[Trait("group", "unit")]
public sealed class DiffusionMemoryTests
{
    [Fact]
    public void Only_results_outlive_a_formula()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        var learned = new GaussianProcess(DiffusionConfiguration.SuperResolution);
        var (x, y, t) = (TestStates.Uniform(1), TestStates.Normal(2), tensor([3L, 700L]));
        var doubled = new DelegateDenoiser((state, _) => new(cat([state.Video, state.Video], 2), cat([state.Audio, state.Audio], 1)));
        var same = new DelegateDenoiser((state, _) => state.Map(part => part * 1));
        using var random = new SeededRandom(1);
        AssertGrowth(2, () => process.Diffuse(x, t, y));
        AssertGrowth(2, () => process.PredictX0(x, y, t));
        AssertGrowth(2, () => process.PredictEpsilon(x, y, t));
        AssertGrowth(2, () => process.Target(x, y, t));
        AssertGrowth(1, () => process.NetworkTime(t));
        AssertGrowth(4, () => process.Posterior(x, y, t));
        AssertGrowth(4, () => process.Reverse(x, y, null, t));
        AssertGrowth(4, () => learned.Reverse(x, y, x, t));
        AssertGrowth(1, () => GaussianMath.KullbackLeibler(x.Video, y.Video, y.Video, x.Video));
        AssertGrowth(1, () => GaussianMath.DiscretisedLogLikelihood(x.Video, y.Video, y.Video));
        AssertGrowth(3, () => new DiffusionLosses(process).Compute(same, x, t, y));
        AssertGrowth(5, () => new DiffusionLosses(learned).Compute(doubled, x, t, y));
        AssertGrowth(2, () => new UniformTimesteps(10).Draw(4, random));
        AssertGrowth(2, () => new LossAwareTimesteps(10).Draw(4, random));
    }

    private static void AssertGrowth(long expected, Func<object> operation)
    {
        using var scope = NewDisposeScope();
        var before = LiveTensors.CountBefore();
        operation();
        Assert.Equal(before + expected, Tensor.TotalCount);
    }
}
