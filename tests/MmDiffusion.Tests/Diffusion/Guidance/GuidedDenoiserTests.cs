using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

[Trait("group", "unit")]
public sealed class GuidedDenoiserTests
{
    private static readonly NoiseSchedule Schedule = DiffusionConfiguration.Base.CreateSchedule();

    /// <summary>D + Σ (w − 1)(D − D'), and so D' + w (D − D') with one.</summary>
    [Fact]
    public void Predictions_are_moved_away_from_others_by_their_scales() => Prop.ForAll(Gen.Choose(10, 60).Two().ToArbitrary(), scales =>
    {
        using var scope = NewDisposeScope();
        var (own, first, second) = (TestStates.Normal(1), TestStates.Normal(2), TestStates.Normal(3));
        var (w, u) = (scales.Item1 / 10.0, scales.Item2 / 10.0);
        var guided = new GuidedDenoiser(Always(own), [new(Always(first), w), new(Always(second), u)]).Predict(
            TestStates.Normal(4),
            full(2, 500.0f));
        var expected = own.Zip(first, second, (x, y, z) => x + (w - 1) * (x - y) + (u - 1) * (x - z));
        return TestStates.Distance(guided, expected) < 1e-5;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_scale_of_1_costs_no_call_and_changes_no_byte()
    {
        using var scope = NewDisposeScope();
        var own = TestStates.Normal(1);
        var other = new DelegateDenoiser((_, _) => throw new InvalidOperationException("called"));
        Assert.True(TestStates.SameBytes(
            own,
            new GuidedDenoiser(Always(own), [new(other, 1)]).Predict(TestStates.Normal(4), full(2, 500.0f))));
    }

    [Fact]
    public void A_learned_variance_stays_its_own()
    {
        using var scope = NewDisposeScope();
        var x = TestStates.Normal(4);
        var (own, other) = (Doubled(1), Doubled(2));
        var guided = new GuidedDenoiser(Always(own), [new(Always(other), 3)]).Predict(x, full(2, 500.0f));
        Assert.True(guided.Video[.., .., 3..].eq(own.Video[.., .., 3..]).all().item<bool>());
        Assert.True(guided.Audio[.., 1..].eq(own.Audio[.., 1..]).all().item<bool>());
        Assert.False(guided.Video[.., .., ..3].eq(own.Video[.., .., ..3]).any().item<bool>());

        static AudioVideo Doubled(ulong seed)
        {
            var (mean, variance) = (TestStates.Normal(seed), TestStates.Normal(seed + 10));
            return new(cat([mean.Video, variance.Video], 2), cat([mean.Audio, variance.Audio], 1));
        }
    }

    /// <summary>What is given stands at 0, so that the noisiest part says how far sampling is.</summary>
    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(400, true)]
    [InlineData(401, false)]
    public void Guidance_acts_in_its_interval_alone(float time, bool acts)
    {
        using var scope = NewDisposeScope();
        var own = TestStates.Normal(1);
        var other = new DelegateDenoiser((_, _) => TestStates.Normal(2));
        foreach (var times in new[] { full(2, time), tensor(new[] { 0, time, 0, time }, [2, 2]) })
            new GuidedDenoiser(Always(own), [new(other, 2)], new GuidanceInterval(100, 400)).Predict(TestStates.Normal(4), times);
        Assert.Equal(acts ? 2 : 0, other.Times.Count);
    }

    [Fact]
    public void An_interval_of_noise_is_one_of_timesteps()
    {
        var interval = GuidanceInterval.OfLogSnr(Schedule, least: -2, greatest: 1);
        Assert.True(Schedule.Level((int)interval.First).LogSnr <= 1 && Schedule.Level((int)interval.First - 1).LogSnr > 1);
        Assert.True(Schedule.Level((int)interval.Last).LogSnr >= -2 && Schedule.Level((int)interval.Last + 1).LogSnr < -2);
        using var scope = NewDisposeScope();
        Assert.False(GuidanceInterval.OfLogSnr(Schedule, least: 50, greatest: 60).Holds(full(1, 0.0)));
    }

    [Fact]
    public void Each_modality_is_predicted_beside_noise_alone()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(9);
        var x = TestStates.Normal(4);
        var calls = new List<(bool SeesVideo, bool SeesAudio, float VideoTime, float AudioTime)>();
        var joint = new DelegateDenoiser((seen, times) =>
        {
            calls.Add(
                (seen.Video.eq(x.Video).all().item<bool>(),
                    seen.Audio.eq(x.Audio).all().item<bool>(),
                    times[0, 0].item<float>(),
                    times[0, 1].item<float>()));
            return new AudioVideo(seen.Video + 1, seen.Audio + 1);
        });
        var result = new UnsynchronisedDenoiser(joint, random, 1000).Predict(x, full(2, 300.0f));
        Assert.Equal([(true, false, 300, 999), (false, true, 999, 300)], calls);
        Assert.True(TestStates.Distance(result, x.Map(part => part + 1)) < 1e-6);
    }

    [Fact]
    public void The_last_call_at_timestep_0_predicts_both()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(9);
        var joint = new DelegateDenoiser((seen, _) => seen.Map(part => part.clone()));
        var x = TestStates.Normal(4);
        Assert.True(TestStates.SameBytes(x, new UnsynchronisedDenoiser(joint, random, 1000).Predict(x, zeros(2))));
        Assert.Equal(2, joint.Times.Count);
    }

    /// <summary>Nothing is predicted of what is given, so that a call is saved.</summary>
    [Theory]
    [InlineData(0, 300)]
    [InlineData(300, 0)]
    public void A_given_modality_costs_no_call(float videoTime, float audioTime)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(9);
        var joint = new DelegateDenoiser((seen, _) => seen.Map(part => part.clone()));
        new UnsynchronisedDenoiser(joint, random, 1000).Predict(TestStates.Normal(4), tensor(new[] { videoTime, audioTime }).expand(2, 2));
        Assert.Single(joint.Times);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var x = TestStates.Normal(4);
        using var times = full(2, 300.0f);
        using var random = new SeededRandom(9);
        var joint = new DelegateDenoiser((seen, _) => seen.Map(part => part.clone()));
        var before = LiveTensors.CountBefore();
        new GuidedDenoiser(joint, [new(joint, 2), new(new UnsynchronisedDenoiser(joint, random, 1000), 2)]).Predict(x, times).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static DelegateDenoiser Always(AudioVideo output) => new((_, _) => output.Map(part => part.clone()));
}
