using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>What every sampler promises.</summary>
[Trait("group", "unit")]
public sealed class SamplerContractTests
{
    public static TheoryData<string> Names => SamplerCatalogue.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_result_has_the_shape_of_the_noise_which_stays_as_it_was(string name)
    {
        using var scope = NewDisposeScope();
        var xT = TestStates.Normal(1);
        var result = SamplerCatalogue.Create(name).Sample(new ClosedFormDenoiser(), xT, TestStates.Context());
        Assert.Equal(xT.Video.shape, result.Video.shape);
        Assert.Equal(xT.Audio.shape, result.Audio.shape);
        Assert.False(result.Video.requires_grad);
        Assert.True(TestStates.SameBytes(xT, TestStates.Normal(1)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_bytes_and_a_sampler_can_run_again(string name)
    {
        using var scope = NewDisposeScope();
        var sampler = SamplerCatalogue.Create(name);
        var first = sampler.Sample(new ClosedFormDenoiser(), TestStates.Normal(1), TestStates.Context(5));
        var second = sampler.Sample(new ClosedFormDenoiser(), TestStates.Normal(1), TestStates.Context(5));
        var other = sampler.Sample(new ClosedFormDenoiser(), TestStates.Normal(2), TestStates.Context(5));
        Assert.True(TestStates.SameBytes(first, second));
        Assert.False(TestStates.SameBytes(first, other));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_does_not_depend_on_its_neighbours_in_the_batch(string name)
    {
        using var scope = NewDisposeScope();
        var together = TestStates.Normal(1);
        SamplingContext Context(params ulong[] seeds) => new() { Random = new BatchRandom(seeds) };
        var both = SamplerCatalogue.Create(name).Sample(new ClosedFormDenoiser(), together, Context(5, 6));
        var alone = SamplerCatalogue.Create(name).Sample(new ClosedFormDenoiser(), together.Map(x => x.narrow(0, 1, 1)), Context(6));
        Assert.True(TestStates.Distance(both.Map(x => x.narrow(0, 1, 1)), alone) < 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Noise_is_asked_for_by_step_modality_and_frames(string name)
    {
        using var scope = NewDisposeScope();
        var (sampler, xT, random) = (SamplerCatalogue.Create(name), TestStates.Normal(1), new KeptKeys());
        var steps = 0;
        sampler.Sample(new ClosedFormDenoiser(), xT, new() { Random = random, Observer = progress => steps = progress.Steps });
        Assert.All(random.Keys, key => Assert.Equal((xT.Video.shape[1], 0L), (key.Frames, key.FirstFrame)));
        Assert.Equal(random.Keys.Count / 2 * 2, random.Keys.Count);
        foreach (var pair in random.Keys.Chunk(2))
            Assert.Equal([(pair[0].Step, false), (pair[0].Step, true)], pair.Select(key => (key.Step, key.IsAudio)));
        var drawn = random.Keys.Select(key => key.Step).Distinct().ToList();
        Assert.Equal(drawn.Count * 2, random.Keys.Count);
        Assert.Equal(drawn.Order(), drawn);
        Assert.All(drawn, step => Assert.InRange(step, 1, steps - 1));
        if (name.StartsWith("ddpm", StringComparison.Ordinal)) Assert.Equal(steps - 1, drawn.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_observer_hears_of_every_network_call_that_was_promised(string name)
    {
        using var scope = NewDisposeScope();
        var sampler = SamplerCatalogue.Create(name);
        var denoiser = new ClosedFormDenoiser();
        var heard = new List<(int Step, int Calls)>();
        sampler.Sample(denoiser, TestStates.Normal(1), TestStates.Context() with
        {
            Observer = progress =>
            {
                heard.Add((progress.Step, progress.NetworkCalls));
                Assert.Equal(sampler.NetworkCalls, progress.TotalNetworkCalls);
                using var preview = progress.PredictX0();
                Assert.Equal(TestStates.VideoShape(2), preview.Video.shape);
                if (progress.NetworkCalls == progress.TotalNetworkCalls) Assert.Equal(progress.Steps, progress.Step);
            },
        });
        Assert.Equal(sampler.NetworkCalls, denoiser.Times.Count);
        Assert.Equal(Enumerable.Range(1, sampler.NetworkCalls), heard.Select(entry => entry.Calls));
        Assert.Equal(heard.Select(entry => entry.Step).Order(), heard.Select(entry => entry.Step));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_is_told_falling_times_within_its_range(string name)
    {
        using var scope = NewDisposeScope();
        var denoiser = new ClosedFormDenoiser();
        SamplerCatalogue.Create(name).Sample(denoiser, TestStates.Normal(1), TestStates.Context());
        Assert.Equal(999, denoiser.Times[0]);
        Assert.All(denoiser.Times.Zip(denoiser.Times.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        Assert.InRange(denoiser.Times[^1], 0, 999);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Extreme_network_outputs_stay_finite(string name)
    {
        using var scope = NewDisposeScope();
        var extreme = new DelegateDenoiser((x, _) => x.Map(part => part.sign() * 1e4));
        var result = SamplerCatalogue.Create(name).Sample(extreme, TestStates.Normal(1).Map(x => x * 100), TestStates.Context());
        Assert.All(result.Parts, part => Assert.True(part.isfinite().all().item<bool>()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_point_mass_is_found_exactly(string name)
    {
        using var scope = NewDisposeScope();
        const double point = 0.3;
        var result = SamplerCatalogue.Create(name).Sample(
            new GaussianData(point, 0, twoModes: false),
            TestStates.Normal(1),
            TestStates.Context());
        // Solvers that stop at time 1/N leave the noise of the first step, σ = 0.01.
        Assert.All(result.Parts, part => Assert.True((part - point).abs().max().item<float>() < 0.05));
        Assert.All(result.Parts, part => Assert.True(Math.Abs(part.mean().item<float>() - point) < 0.01));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_modality_alone_is_sampled_too(string name)
    {
        using var scope = NewDisposeScope();
        var frames = new AudioVideo(TestStates.Normal(1).Video, null);
        var result = SamplerCatalogue.Create(name).Sample(new GaussianData(0.3, 0, twoModes: false), frames, TestStates.Context());
        Assert.False(result.HasAudio);
        Assert.Equal(frames.Video.shape, result.Video.shape);
    }

    /// <summary>Keeps which noise was asked for; any other draw is refused.</summary>
    private sealed class KeptKeys : IRandomSource
    {
        internal List<NoiseKey> Keys { get; } = [];

        public Tensor Normal(params ReadOnlySpan<long> shape) => throw new NotSupportedException("noise without a key");

        public Tensor Uniform(params ReadOnlySpan<long> shape) => throw new NotSupportedException("no uniform values are drawn");

        public Tensor Integers(long upper, params ReadOnlySpan<long> shape) => throw new NotSupportedException("no integers are drawn");

        public Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape)
        {
            Keys.Add(key);
            return new PhiloxRandom(1).Normal(shape);
        }
    }
}
