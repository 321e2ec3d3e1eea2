using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Tests.Diffusion.Sampling;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

[Trait("group", "unit")]
public sealed class ZeroShotConditioningTests
{
    public static TheoryData<string> Names => SamplerCatalogue.Names;

    private static readonly GaussianProcess Process = new(DiffusionConfiguration.Base);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_given_modality_comes_back_untouched_and_the_other_follows_it(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        foreach (var videoGiven in new[] { true, false })
        {
            var free = Run(name, xT, null);
            foreach (var scale in new[] { 0.0, 3.0 })
            {
                var result = Run(name, xT, new(Part(truth, videoGiven), scale));
                var (given, expected) = videoGiven ? (result.Video, truth.Video) : (result.Audio, truth.Audio);
                Assert.True(given.bytes.SequenceEqual(expected.bytes));
                var (generated, unconditioned) = videoGiven ? (result.Audio, free.Audio) : (result.Video, free.Video);
                Assert.False(generated.allclose(unconditioned));
                Assert.False(generated.requires_grad);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_always_sees_the_given_modality_with_the_same_noise(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        var schedule = new ContinuousSchedule(Process.Schedule);
        var calls = 0;
        var denoiser = new DelegateDenoiser((x, time) =>
        {
            calls++;
            var level = schedule.Level((time[0].item<float>() + 1.0) / 1000);
            Assert.True(x.Audio.allclose(level.Signal * truth.Audio + level.Noise * xT.Audio, atol: 1e-5));
            return new ClosedFormDenoiser().Predict(x, time);
        });
        SamplerCatalogue.Create(name).Sample(
            denoiser,
            xT,
            TestStates.Context() with { Conditioning = new ZeroShotConditioning(new(null, truth.Audio), 3) });
        Assert.Equal(SamplerCatalogue.Create(name).NetworkCalls, calls);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Guidance_of_a_vanishing_scale_is_replacement(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        var replaced = Run(name, xT, new(Part(truth, videoGiven: false), 0));
        var barely = Run(name, xT, new(Part(truth, videoGiven: false), 1e-12));
        Assert.True(TestStates.Distance(replaced, barely) < 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_larger_scale_moves_the_generated_modality_further(string name)
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        AudioVideo Guided(double scale) => Run(name, xT, new(Part(truth, videoGiven: false), scale));
        var replaced = Guided(0);
        Assert.InRange(TestStates.Distance(replaced, Guided(100)), 1e-9, TestStates.Distance(replaced, Guided(300)));
    }

    [Fact]
    public void One_step_moves_by_the_scaled_gradient()
    {
        using var scope = NewDisposeScope();
        var process = Process.Respace("2");
        var (xT, truth) = (TestStates.Normal(1, batch: 3), TestStates.Uniform(2, batch: 3));
        var seen = new List<AudioVideo>();
        var denoiser = new DelegateDenoiser((x, time) =>
        {
            seen.Add(x.Map(part => part.detach().clone().DetachFromDisposeScope()));
            return new ClosedFormDenoiser().Predict(x, time);
        });
        AudioVideo LastSeen(double scale)
        {
            seen.Clear();
            new DdimSampler(process, bound: X0Bound.None).Sample(
                denoiser,
                xT,
                TestStates.Context() with { Conditioning = new ZeroShotConditioning(Part(truth, videoGiven: false), scale) });
            return seen[^1];
        }
        var (plain, guided) = (LastSeen(0).Video, LastSeen(1e4).Video);

        // DDIM's audio: a·x + c·ε_audio, with ε_audio containing −0.05·mean(video); mean squared over 32 samples, derived by hand.
        var (from, to) = (process.Schedule.Level(1), process.Schedule.Level(0));
        var c = to.Noise - to.Signal * from.Noise / from.Signal;
        var noisy = from.Signal * truth.Audio + from.Noise * xT.Audio;
        var epsilon = noisy * (0.4 + 0.2 * Math.Cos(from.TimeInput / 90)) - 0.05 * xT.Video.flatten(1).mean([1]).view(-1, 1, 1);
        var residual = to.Signal / from.Signal * noisy + c * epsilon - (to.Signal * truth.Audio + to.Noise * xT.Audio);
        var elements = xT.Video[0].numel();
        var gradient = residual.flatten(1).mean([1]) * (2 * c * -0.05 / elements);
        var expected = (-1e4 * from.Signal * gradient).view(-1, 1, 1, 1, 1).expand_as(plain);
        Assert.True(
            (guided - plain).allclose(expected, rtol: 1e-3, atol: 1e-5),
            $"{(guided - plain).abs().max().item<float>()} against {expected.abs().max().item<float>()}");
        foreach (var state in seen) state.Dispose();
    }

    [Fact]
    public void A_network_without_gradients_is_refused_and_one_that_ignores_the_other_modality_is_not_moved()
    {
        using var scope = NewDisposeScope();
        var (xT, truth) = (TestStates.Normal(1), TestStates.Uniform(2));
        var trained = tensor(0.1f).requires_grad_(true);
        var blind = new DelegateDenoiser((x, _) => x.Map(part => part * 0.1));
        var blindWithWeights = new DelegateDenoiser((x, _) => x.Map(part => part * trained));
        SamplingContext Context(double scale) =>
            TestStates.Context() with { Conditioning = new ZeroShotConditioning(Part(truth, videoGiven: true), scale) };
        var sampler = new DdimSampler(Process.Respace("3"));
        Assert.Contains(
            "use scale 0",
            Assert.ThrowsAny<MmDiffusionException>(() => sampler.Sample(blind, xT, Context(3))).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, TestStates.Distance(sampler.Sample(blind, xT, Context(0)), sampler.Sample(blindWithWeights, xT, Context(3))));
        Assert.Null(trained.grad);
    }

    [Fact]
    public void What_cannot_be_conditioned_on_is_refused()
    {
        using var scope = NewDisposeScope();
        var truth = TestStates.Uniform(2);
        Assert.Contains(
            "both a video and an audio",
            Assert.ThrowsAny<MmDiffusionException>(() => new ZeroShotConditioning(truth)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "scale is -1",
            Assert.ThrowsAny<MmDiffusionException>(() => new ZeroShotConditioning(Part(truth, true), -1)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "scale is NaN",
            Assert.ThrowsAny<MmDiffusionException>(() => new ZeroShotConditioning(Part(truth, true), double.NaN)).Message,
            StringComparison.Ordinal);
        var shorter = new ZeroShotConditioning(new(null, truth.Audio.narrow(2, 0, 8)));
        Assert.Contains("the given audio is [2, 1, 8], expected the sampled state's [2, 1, 32]",
            Assert.ThrowsAny<MmDiffusionException>(() => Run("ddim", TestStates.Normal(1), shorter)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "one modality only",
            Assert.ThrowsAny<MmDiffusionException>(() => Run("ddim", Part(truth, true), new(Part(truth, true)))).Message,
            StringComparison.Ordinal);
    }

    private static AudioVideo Part(AudioVideo state, bool videoGiven) => videoGiven ? new(state.Video, null) : new(null, state.Audio);

    private static AudioVideo Run(string name, AudioVideo xT, ZeroShotConditioning? conditioning) =>
        SamplerCatalogue.Create(name).Sample(new ClosedFormDenoiser(), xT, TestStates.Context() with { Conditioning = conditioning });
}
