using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Tests.Diffusion.Sampling;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

[Trait("group", "unit")]
public sealed class TrainedConditioningTests
{
    public static TheoryData<string> Names => SamplerCatalogue.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_always_sees_the_given_modality_itself_at_timestep_0(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        foreach (var videoGiven in new[] { true, false })
        {
            var times = new List<float>();
            var denoiser = new DelegateDenoiser((x, time) =>
            {
                var (seen, expected) = videoGiven ? (x.Video, truth.Video) : (x.Audio, truth.Audio);
                Assert.True(seen.eq(expected).all().item<bool>());
                Assert.Equal([x.BatchSize, 2], time.shape);
                Assert.Equal(0, time[0, videoGiven ? 0 : 1].item<float>());
                times.Add(time[0, videoGiven ? 1 : 0].item<float>());
                return new ClosedFormDenoiser().Predict(x, time.select(1, videoGiven ? 1 : 0));
            });
            var given = videoGiven ? new AudioVideo(truth.Video, null) : new AudioVideo(null, truth.Audio);
            var sampler = SamplerCatalogue.Create(name);
            var result = sampler.Sample(denoiser, xT, TestStates.Context() with { Conditioning = new TrainedConditioning(given) });
            var (kept, whole) = videoGiven ? (result.Video, truth.Video) : (result.Audio, truth.Audio);
            Assert.True(kept.bytes.SequenceEqual(whole.bytes));
            Assert.Equal(sampler.NetworkCalls, times.Count);
            Assert.True(times[0] > 900 && times[^1] < times[0], $"timesteps {string.Join(", ", times)}");
        }
    }

    [Fact]
    public void Two_given_modalities_and_wrong_shapes_are_refused()
    {
        using var scope = NewDisposeScope();
        var truth = TestStates.Uniform(2);
        Assert.Contains(
            "leaves nothing to generate",
            Assert.ThrowsAny<MmDiffusionException>(() => new TrainedConditioning(truth)).Message,
            StringComparison.Ordinal);
        var given = new TrainedConditioning(new(null, zeros(1, 1, 3)));
        var refused = Assert.ThrowsAny<MmDiffusionException>(() =>
            SamplerCatalogue.Create(Names.First().Data).Sample(
                new ClosedFormDenoiser(),
                TestStates.Normal(1),
                TestStates.Context() with { Conditioning = given }));
        Assert.Contains("the given audio is [1, 1, 3]", refused.Message, StringComparison.Ordinal);
    }
}
