using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Losses;

[Trait("group", "unit")]
public sealed class TaskSharesTests
{
    private const int Steps = 1000, Frames = 16;

    private static readonly TaskShares All = new() { Given = 0.3, Independent = 0.2, Marginal = 0.1, Frames = 0.3, FrameNoise = 0.05 };

    [Fact]
    public void Without_shares_every_sample_is_joint_and_nothing_is_drawn()
    {
        using var scope = NewDisposeScope();
        var timesteps = tensor(new long[] { 5, 700 });
        var plan = new TaskShares().Draw(timesteps, Steps, Frames, new RecordedRandom([]));
        Assert.Equal([5L, 700L], plan.Timesteps.data<long>().ToArray());
        Assert.Null(plan.Given);
        Assert.Null(plan.Absent);
    }

    [Fact]
    public void Tasks_come_as_often_as_their_shares()
    {
        using var scope = NewDisposeScope();
        const int samples = 4000;
        var (plan, timesteps) = Draw(All, samples);
        var kinds = Enumerable.Range(0, samples)
            .Select(sample => KindOf(plan, sample, timesteps[sample]))
            .CountBy(kind => kind)
            .ToDictionary();
        foreach (var (kind, share) in new[]
        {
            ("video given", 0.15), ("audio given", 0.15), ("independent", 0.2), ("marginal", 0.1), ("frames", 0.3), ("joint", 0.1),
        })
            Assert.InRange(kinds[kind] / (double)samples, share - 0.03, share + 0.03);
    }

    [Fact]
    public void Given_frames_are_some_of_the_frames_with_little_noise_and_the_rest_is_predicted()
    {
        using var scope = NewDisposeScope();
        const int samples = 800;
        var (plan, timesteps) = Draw(new TaskShares { Frames = 1, FrameNoise = 0.05 }, samples);
        var given = plan.Given!.to_type(ScalarType.Int64).sum([2]); // by sample: given frames of the video, of the audio
        var (fewest, most) = (given.amin([1]), given.amax([1]));
        Assert.True((most >= 1).all().item<bool>());
        // One modality may be given throughout, but never both.
        Assert.True((fewest < Frames).all().item<bool>());
        var noises = plan.Timesteps.masked_select(plan.Given!).data<long>().ToArray();
        Assert.InRange(noises.Max(), 40, 50);
        Assert.Contains(0L, noises);
        var predicted = plan.Timesteps.masked_select(plan.Given!.logical_not()).data<long>().ToArray();
        Assert.True(predicted.Distinct().Order().SequenceEqual(timesteps.Distinct().Order()));
        // In half of the samples the same frames of both modalities.
        Assert.InRange(
            plan.Given!.select(1, 0).eq(plan.Given!.select(1, 1)).all(1).to_type(ScalarType.Float32).mean().item<float>(),
            0.42,
            0.58);
    }

    [Fact]
    public void A_samples_task_does_not_depend_on_its_batch()
    {
        using var scope = NewDisposeScope();
        ulong[] seeds = [1, 2, 3, 4, 5, 6, 7, 8];
        var timesteps = tensor(new long[] { 10, 20, 30, 40, 50, 60, 70, 80 });
        using var together = new BatchRandom(seeds);
        var plan = All.Draw(timesteps, Steps, Frames, together);
        for (var i = 0; i < seeds.Length; i++)
        {
            using var alone = new BatchRandom([seeds[i]]);
            var one = All.Draw(timesteps.narrow(0, i, 1), Steps, Frames, alone);
            Assert.True(one.Timesteps[0].eq(plan.Timesteps[i]).all().item<bool>() && one.Given![0].eq(plan.Given![i]).all().item<bool>());
        }
    }

    [Fact]
    public void A_plan_noises_each_frame_to_its_own_timestep_and_its_loss_is_the_mean_of_what_is_predicted()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        using var random = new SeededRandom(1);
        AudioVideo x0 = new(random.Normal(1, 4, 3, 2, 2), random.Normal(1, 1, 10)), noise = x0.Map(part => random.Normal(part.shape));
        var timesteps = tensor(new long[] { 0, 30, 500, 500, 0, 500, 500, 999 }).view(1, 2, 4);
        var given = tensor(new[] { true, true, false, false, true, false, false, false }).view(1, 2, 4);
        var absent = tensor(new[] { false, false, false, false, false, false, false, true }).view(1, 2, 4);
        var (slightly, half) = (process.Diffuse(x0, tensor(new long[] { 30 }), noise), process.Diffuse(
            x0,
            tensor(new long[] { 500 }),
            noise));
        var network = new DelegateDenoiser((x, time) =>
        {
            Assert.Equal([0f, 30f, 500f, 500f, 0f, 500f, 500f, 999f], time.data<float>().ToArray());
            foreach (var (frame, expected) in new[] { x0, slightly, half, half }.Index())
                Assert.True(x.Video[0, frame].eq(expected.Video[0, frame]).all().item<bool>());
            // 10 samples of 4 frames: 2, 3, 2 and 3 by the middle of each.
            var parts = new[] { x0, half, half, noise }.Zip(new[] { (0, 2), (2, 3), (5, 2), (7, 3) });
            foreach (var (expected, (first, count)) in parts)
                Assert.True(x.Audio.narrow(2, first, count).eq(expected.Audio.narrow(2, first, count)).all().item<bool>());
            return new AudioVideo(noise.Video + ramp(noise.Video), noise.Audio + 2);
        });
        var terms = new DiffusionLosses(process).Compute(network, x0, new NoisePlan(timesteps, given, absent), noise);
        Assert.Equal((3 * 3 + 4 * 4) / 2.0, terms.MeanSquaredError.Video.item<float>(), 4);
        Assert.Equal(4, terms.MeanSquaredError.Audio.item<float>(), 4);

        static Tensor ramp(Tensor video) => arange(1, 5, dtype: ScalarType.Float32).view(1, 4, 1, 1, 1).expand_as(video);
    }

    [Fact]
    public void Equal_timesteps_by_frame_give_the_loss_of_one_for_the_sample()
    {
        using var scope = NewDisposeScope();
        foreach (var configuration in new[] { DiffusionConfiguration.Base, DiffusionConfiguration.SuperResolution })
        {
            var losses = new DiffusionLosses(new GaussianProcess(configuration));
            using var random = new SeededRandom(1);
            AudioVideo x0 = new(random.Uniform(2, 4, 3, 2, 2), random.Uniform(2, 1, 16)), noise = x0.Map(part => random.Normal(part.shape));
            var network = new DelegateDenoiser((x, _) => configuration.LearnsVariance()
                ? new AudioVideo(cat([x.Video * 0.3, x.Video * 0.1], 2), cat([x.Audio * 0.3, x.Audio * 0.1], 1))
                : x.Map(part => part * 0.3));
            var timesteps = tensor(new long[] { 0, 700 });
            var expected = losses.Compute(network, x0, timesteps, noise).Loss;
            var repeated = timesteps.view(2, 1, 1).expand(2, 2, 4);
            var found = losses.Compute(network, x0, new NoisePlan(repeated, repeated < 0), noise).Loss;
            Assert.True(found.allclose(expected, rtol: 1e-5));
        }
    }

    [Fact]
    public void Shares_that_cannot_be_are_refused_by_name()
    {
        var errors = new ValidationErrors();
        new TaskShares { Given = 0.8, Frames = 0.3, FrameNoise = 0.2, Marginal = -1, Independent = 1 }.Validate(errors, frames: 2);
        var all = string.Join("; ", errors.Errors);
        foreach (var part in new[]
        {
            "tasks.marginal is -1",
            "sum to 1",
            "tasks.frame_noise is 0.2",
            "tasks.frames is 0.3 for clips of 2 frames",
        })
            Assert.Contains(part, all, StringComparison.Ordinal);
    }

    private static (NoisePlan Plan, long[] Timesteps) Draw(TaskShares shares, int samples)
    {
        using var random = new BatchRandom(Enumerable.Range(1, samples).Select(seed => (ulong)seed));
        var timesteps = random.Integers(400, samples) + 100;
        return (shares.Draw(timesteps, Steps, Frames, random), timesteps.data<long>().ToArray());
    }

    private static string KindOf(NoisePlan plan, int sample, long t)
    {
        long[] times = plan.Timesteps[sample].data<long>().ToArray();
        bool[] given = plan.Given![sample].data<bool>().ToArray(), absent = plan.Absent![sample].data<bool>().ToArray();
        if (absent.Any(isSet => isSet)) return "marginal";
        var (video, audio) = (given[..Frames], given[Frames..]);
        if (video.All(isSet => isSet)
            && times[Frames..].All(time => time == t)
            && !audio.Any(isSet => isSet)
            && times[..Frames].All(time => time == 0)) return "video given";
        if (audio.All(isSet => isSet) && !video.Any(isSet => isSet)) return "audio given";
        if (given.Any(isSet => isSet)) return "frames";
        return times.Distinct().Count() == 1 ? "joint" : "independent";
    }
}
