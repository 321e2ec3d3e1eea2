using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Losses;

[Trait("group", "unit")]
public sealed class DiffusionLossesTests
{
    private static readonly long[] Timesteps = [0, 700];

    [Fact]
    public void The_base_loss_is_the_sum_of_both_modalities_mean_squared_errors()
    {
        using var scope = NewDisposeScope();
        var losses = new DiffusionLosses(new(DiffusionConfiguration.Base));
        var (x0, noise) = (TestStates.Uniform(1), TestStates.Normal(2));
        var off = new DelegateDenoiser((x, _) => new(noise.Video + 0.5, noise.Audio - 2));
        var terms = losses.Compute(off, x0, tensor(Timesteps), noise);
        Assert.All(terms.MeanSquaredError.Video.data<float>(), value => Assert.Equal(0.25, value, 4));
        Assert.All(terms.MeanSquaredError.Audio.data<float>(), value => Assert.Equal(4, value, 4));
        Assert.All(terms.Loss.data<float>(), value => Assert.Equal(4.25, value, 4));
        Assert.Null(terms.VariationalBound);
        Assert.Equal([0f, 700f], [.. Seen(losses, x0, noise)]);
    }

    [Fact]
    public void What_is_given_is_met_clean_at_timestep_0_and_adds_no_loss()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        var (x0, noise, timesteps) = (TestStates.Uniform(1), TestStates.Normal(2), tensor(Timesteps));
        var noisy = process.Diffuse(x0, timesteps, noise);
        var network = new DelegateDenoiser((x, time) =>
        {
            Assert.True(x.Video[0].eq(x0.Video[0]).all().item<bool>());
            Assert.True(x.Video[1].eq(noisy.Video[1]).all().item<bool>());
            Assert.True(x.Audio[0].eq(noisy.Audio[0]).all().item<bool>());
            Assert.True(x.Audio[1].eq(x0.Audio[1]).all().item<bool>());
            Assert.Equal([0f, 0f, 700f, 0f], time.data<float>().ToArray()); // by sample: video, audio
            return noise.Map(part => part + 1);
        });
        var given = tensor(new[] { true, false, false, true }).view(2, 2); // by sample: video, audio
        var terms = new DiffusionLosses(process).Compute(
            network,
            x0,
            new NoisePlan(timesteps.unsqueeze(1).expand(2, 2).masked_fill(given, 0), given),
            noise);
        Assert.Equal([0f, 1f], terms.MeanSquaredError.Video.data<float>().Select(value => MathF.Round(value, 4)));
        Assert.Equal([1f, 0f], terms.MeanSquaredError.Audio.data<float>().Select(value => MathF.Round(value, 4)));
        Assert.Equal([1f, 1f], terms.Loss.data<float>().Select(value => MathF.Round(value, 4)));
    }

    [Fact]
    public void The_learned_variance_adds_the_bound_which_moves_the_variance_only()
    {
        using var scope = NewDisposeScope();
        var losses = new DiffusionLosses(new(DiffusionConfiguration.SuperResolution));
        var (x0, noise) = (Frames(TestStates.Uniform(1)), Frames(TestStates.Normal(2)));
        var (mean, variance) = ((noise.Video * 0.9).requires_grad_(true), (noise.Video * 0.1).requires_grad_(true));
        var network = new DelegateDenoiser((_, _) => new(cat([mean, variance], 2), null));
        var terms = losses.Compute(network, x0, tensor(Timesteps), noise);
        Assert.True(terms.Loss.allclose(terms.MeanSquaredError.Video + terms.VariationalBound!.Video));
        Assert.Equal(0, autograd.grad([terms.VariationalBound.Video.sum()], [mean], retain_graph: true)[0].abs().max().item<float>());
        Assert.True(autograd.grad([terms.VariationalBound.Video.sum()], [variance], retain_graph: true)[0].abs().max().item<float>() > 0);
        Assert.True(autograd.grad([terms.MeanSquaredError.Video.sum()], [mean])[0].abs().max().item<float>() > 0);
    }

    [Fact]
    public void The_bound_vanishes_for_the_true_posterior_and_is_the_likelihood_at_the_first_step()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.SuperResolution);
        var (x0, noise) = (Frames(TestStates.Uniform(1)), Frames(TestStates.Normal(2)));
        var perfect = new DelegateDenoiser((_, _) => new(cat([noise.Video, full_like(noise.Video, -1)], 2), null));
        var bound = new DiffusionLosses(process).Compute(perfect, x0, tensor(Timesteps), noise).VariationalBound!.Video;
        var likelihood = GaussianMath.DiscretisedLogLikelihood(
            x0.Video[0],
            x0.Video[0],
            full_like(x0.Video[0], 0.5 * process.Schedule.PosteriorLogVarianceClipped[0]));
        Assert.Equal(-likelihood.mean().item<float>() / Math.Log(2), bound[0].item<float>(), 3);
        Assert.Equal(0, bound[1].item<float>(), 4);
    }

    [Fact]
    public void A_batch_with_uint8_like_extremes_has_a_finite_loss_and_gradient()
    {
        using var scope = NewDisposeScope();
        var losses = new DiffusionLosses(new(DiffusionConfiguration.SuperResolution));
        var x0 = Frames(TestStates.Normal(1)).Map(x => x.sign());
        var output = (TestStates.Normal(4).Video * 5).requires_grad_(true);
        var network = new DelegateDenoiser((_, _) => new(cat([output, output], 2), null));
        var loss = losses.Compute(network, x0, tensor(Timesteps), Frames(TestStates.Normal(2))).Loss.sum();
        Assert.True(loss.isfinite().item<bool>());
        Assert.True(autograd.grad([loss], [output])[0].isfinite().all().item<bool>());
    }

    private static AudioVideo Frames(AudioVideo state) => new(state.Video, null);

    private static IEnumerable<float> Seen(DiffusionLosses losses, AudioVideo x0, AudioVideo noise)
    {
        float[] seen = [];
        losses.Compute(
            new DelegateDenoiser((x, time) => { seen = time.data<float>().ToArray(); return x.Map(part => part * 1); }),
            x0,
            tensor(Timesteps),
            noise);
        return seen;
    }
}
