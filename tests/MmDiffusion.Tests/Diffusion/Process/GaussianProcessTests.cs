using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Process;

[Trait("group", "unit")]
public sealed class GaussianProcessTests
{
    private static readonly long[] Timesteps = [0, 1, 500, 999];

    [Theory]
    [InlineData(PredictionKind.Epsilon)]
    [InlineData(PredictionKind.X0)]
    [InlineData(PredictionKind.V)]
    public void A_perfect_prediction_gives_back_x0_and_epsilon(PredictionKind kind)
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(new() { Prediction = kind });
        var (x0, noise, t) = (Double(TestStates.Uniform(1, 4)), Double(TestStates.Normal(2, 4)), tensor(Timesteps));
        var xt = process.Diffuse(x0, t, noise);
        var target = process.Target(x0, noise, t);
        Assert.True(TestStates.Distance(x0, process.PredictX0(xt, target, t)) < 1e-9);
        Assert.True(TestStates.Distance(noise, process.PredictEpsilon(xt, target, t)) < 1e-9);
    }

    [Fact]
    public void Each_sample_is_noised_to_its_own_timestep()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        var (x0, noise) = (TestStates.Uniform(1, 4), TestStates.Normal(2, 4));
        var xt = process.Diffuse(x0, tensor(Timesteps), noise);
        foreach (var (row, t) in Timesteps.Index())
        {
            var level = process.Schedule.Level((int)t);
            Assert.True(xt.Audio[row].allclose(level.Signal * x0.Audio[row] + level.Noise * noise.Audio[row], atol: 1e-6));
        }
    }

    [Fact]
    public void The_posterior_is_the_quotient_of_the_forward_densities()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        var schedule = process.Schedule;
        const int t = 300;
        var (x0, xt) = (TestStates.Uniform(1), TestStates.Normal(2));
        var posterior = process.Posterior(x0, xt, full(2, t, int64));
        // q(x_t | x_{t-1})·q(x_{t-1} | x_0): precisions add, means are weighted by them.
        var (likelihood, prior) = ((1 - schedule.Betas[t]) / schedule.Betas[t], 1 / (1 - schedule.AlphaBarPrev[t]));
        var mean = (x0.Audio * (prior * Math.Sqrt(schedule.AlphaBarPrev[t])) + xt.Audio * (likelihood / Math.Sqrt(1 - schedule.Betas[t])))
            / (likelihood + prior);
        Assert.True(posterior.Mean.Audio.allclose(mean, atol: 1e-6));
        Assert.Equal(Math.Log(1 / (likelihood + prior)), posterior.LogVariance.Audio[0].item<float>(), 4);
    }

    [Fact]
    public void The_learned_variance_runs_from_the_posterior_s_to_beta()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(DiffusionConfiguration.SuperResolution);
        var (x, t) = (new AudioVideo(TestStates.Normal(1).Video, null), tensor([0L, 700L]));
        GaussianMoments Reverse(double v) => process.Reverse(x, x, x.Map(part => full_like(part, v)), t);
        float Log(GaussianMoments moments, int row) => moments.LogVariance.Video[row].max().item<float>();
        Assert.Equal(process.Schedule.LogBetas[700], Log(Reverse(1), 1), 4);
        Assert.Equal(process.Schedule.PosteriorLogVarianceClipped[700], Log(Reverse(-1), 1), 4);
        Assert.Equal((process.Schedule.LogBetas[0] + process.Schedule.PosteriorLogVarianceClipped[0]) / 2, Log(Reverse(0), 0), 4);
    }

    [Theory]
    [InlineData(VarianceKind.FixedLarge)]
    [InlineData(VarianceKind.FixedSmall)]
    public void A_fixed_variance_comes_from_the_schedule(VarianceKind kind)
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(new() { Variance = kind });
        var x = TestStates.Normal(1);
        var moments = process.Reverse(x, x, null, tensor([0L, 700L]));
        var table = kind == VarianceKind.FixedLarge ? process.Schedule.LogBetas : process.Schedule.PosteriorLogVarianceClipped;
        Assert.Equal(process.Schedule.PosteriorLogVarianceClipped[1], moments.LogVariance.Video[0].item<float>(), 4);
        Assert.Equal(table[700], moments.LogVariance.Video[1].item<float>(), 4);
    }

    [Fact]
    public void The_network_is_told_original_timesteps()
    {
        using var scope = NewDisposeScope();
        var time = new GaussianProcess(DiffusionConfiguration.Base).Respace("ddim25").NetworkTime(tensor([0L, 1L, 24L]));
        Assert.Equal(ScalarType.Float32, time.dtype);
        Assert.Equal([0f, 40f, 960f], time.data<float>().ToArray());
    }

    private static AudioVideo Double(AudioVideo state) => state.Map(part => part.to(float64));
}
