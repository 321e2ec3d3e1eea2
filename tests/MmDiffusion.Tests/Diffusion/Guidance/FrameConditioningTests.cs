using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Tests.Diffusion.Sampling;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

[Trait("group", "unit")]
public sealed class FrameConditioningTests
{
    public static TheoryData<string> Names => SamplerCatalogue.Names;

    /// <summary>Of two frames the first is given, or its 16 samples, or both.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_always_sees_the_given_frames_themselves_at_timestep_0(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        foreach (var (video, audio) in new[] { (true, true), (true, false), (false, true) })
        {
            var mask = tensor(new[] { video, false, audio, false }, [2, 2]);
            var denoiser = new DelegateDenoiser((x, time) =>
            {
                Assert.Equal([2, 2, 2], time.shape);
                Assert.Equal(video, x.Video[.., 0].eq(truth.Video[.., 0]).all().item<bool>());
                Assert.Equal(audio, x.Audio[.., .., ..16].eq(truth.Audio[.., .., ..16]).all().item<bool>());
                Assert.False(x.Video[.., 1].eq(truth.Video[.., 1]).any().item<bool>());
                var level = time[0, 0, 1].item<float>();
                Assert.Equal([video ? 0 : level, level, audio ? 0 : level, level], time[1].flatten().data<float>().ToArray());
                return new ClosedFormDenoiser().Predict(x, time.amax([1, 2]));
            });
            var sampler = SamplerCatalogue.Create(name);
            var result = sampler.Sample(denoiser, xT, TestStates.Context() with { Conditioning = new FrameConditioning(truth, mask) });
            Assert.Equal(sampler.NetworkCalls, denoiser.Times.Count);
            Assert.Equal(video, result.Video[.., 0].eq(truth.Video[.., 0]).all().item<bool>());
            Assert.Equal(audio, result.Audio[.., .., ..16].eq(truth.Audio[.., .., ..16]).all().item<bool>());
            Assert.False(result.Audio[.., .., 16..].eq(truth.Audio[.., .., 16..]).any().item<bool>());
        }
    }

    [Fact]
    public void What_cannot_be_given_is_refused()
    {
        using var scope = NewDisposeScope();
        var truth = TestStates.Uniform(2);
        Refused("no frames are given", truth, zeros(2, 2, ScalarType.Bool));
        Refused("leaves nothing to generate", truth, ones(2, 2, ScalarType.Bool));
        Refused("the mask of given frames is Bool [2, 3], expected Bool [2, 2]", truth, zeros(2, 3, ScalarType.Bool));
        Refused("the mask of given frames is Float32 [2, 2]", truth, zeros(2, 2));
        Refused("one modality only", new AudioVideo(truth.Video, null), zeros(2, 2, ScalarType.Bool));

        static void Refused(string sentence, AudioVideo given, Tensor mask) =>
            Assert.Contains(
                sentence,
                Assert.ThrowsAny<MmDiffusionException>(() => new FrameConditioning(given, mask)).Message,
                StringComparison.Ordinal);
    }
}
