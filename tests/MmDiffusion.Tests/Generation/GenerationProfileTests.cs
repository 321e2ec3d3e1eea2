using MmDiffusion.Generation;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public class GenerationProfileTests
{
    /// <summary>Measured by the layers, see NetworkBenchmarkTests.</summary>
    private const double JointCall = 1328.8, FrameCall = 1263.3;

    [Fact]
    public void The_fast_profile_makes_at_least_four_times_fewer_operations_at_the_papers_sizes() =>
        Assert.True(Operations(GenerationProfile.Paper) >= 4 * Operations(GenerationProfile.Fast));

    [Fact]
    public void A_profile_changes_samplers_and_steps_and_nothing_else()
    {
        var options = new GenerationOptions
        {
            Count = 3,
            Seed = 5,
            Batch = 2,
            Guidance = 1,
            PreviewEvery = 4,
            Upscaling = new UpscalingOptions { FramesAtOnce = 7 },
        };
        foreach (var profile in GenerationProfile.All)
        {
            var applied = profile.Apply(options);
            Assert.Equal(
                (profile.Sampler, profile.Steps, profile.Reuse, 7),
                (applied.Sampler, applied.Steps, applied.Reuse, applied.Upscaling.FramesAtOnce));
            Assert.Equal(
                options,
                applied with { Sampler = options.Sampler, Steps = options.Steps, Reuse = options.Reuse, Upscaling = options.Upscaling });
            Assert.Equal(profile.Upscaling with { FramesAtOnce = 7 }, applied.Upscaling);
        }
    }

    private static double Operations(GenerationProfile profile) => profile.Steps * JointCall + 16 * profile.Upscaling.Steps * FrameCall;
}
