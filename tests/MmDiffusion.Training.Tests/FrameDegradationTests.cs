using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class FrameDegradationTests
{
    [Fact]
    public void Frames_are_reduced_and_each_is_degraded_by_its_own_chance()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var frames = random.Uniform(6, 3, 32, 32) * 2 - 1;
        var degradation = new FrameDegradation(new DegradationOptions(), 16);
        using var together = new BatchRandom([1, 2, 3, 4, 5, 6]);
        var all = degradation.Apply(frames, together);
        Assert.Equal([6, 3, 16, 16], all.shape);
        for (var i = 0; i < 6; i++)
        {
            using var alone = new BatchRandom([(ulong)i + 1]);
            Assert.True(degradation.Apply(frames.narrow(0, i, 1), alone)[0].eq(all[i]).all().item<bool>());
        }
    }

    [Fact]
    public void Without_degradations_only_levels_are_rounded()
    {
        using var scope = NewDisposeScope();
        using var content = new SeededRandom(1);
        var frames = content.Uniform(2, 3, 32, 32) * 2 - 1;
        var degradation = new FrameDegradation(new DegradationOptions { NoiseProbability = 0, JpegProbability = 0 }, 16);
        using var random = new BatchRandom([1, 2]);
        Assert.InRange((degradation.Apply(frames, random) - degradation.Reduce(frames)).abs().max().item<float>(), 0, 1.001 / 255);
    }

    [Theory]
    [InlineData(1, 0, 0.03, 0.12)]
    [InlineData(0, 1, 0.01, 0.2)]
    public void Noise_and_compression_change_frames_as_much_as_they_should(double noise, double jpeg, double least, double most)
    {
        using var scope = NewDisposeScope();
        using var content = new SeededRandom(1);
        var frames = nn.functional.interpolate(
            content.Uniform(64, 3, 4, 4) * 2 - 1,
            size: [32, 32],
            mode: InterpolationMode.Bilinear,
            align_corners: false);
        var degradation = new FrameDegradation(new DegradationOptions { NoiseProbability = noise, JpegProbability = jpeg }, 16);
        using var random = new BatchRandom(Enumerable.Range(0, 64).Select(i => (ulong)i));
        var change = (degradation.Apply(frames, random) - degradation.Reduce(frames)).square().mean().sqrt().item<float>();
        Assert.InRange(change, least, most);
    }
}
