using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Losses;

[Trait("group", "unit")]
public sealed class TimestepSamplerTests
{
    private const int Steps = 5;

    [Fact]
    public void Uniform_draws_reach_every_timestep_equally_often()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var draw = new UniformTimesteps(Steps).Draw(5000, random);
        Assert.All(Counts(draw), count => Assert.InRange(count, 900, 1100));
        Assert.True(draw.Weights.eq(1).all().item<bool>());
    }

    [Fact]
    public void Loss_aware_draws_are_uniform_until_every_timestep_is_known()
    {
        using var scope = NewDisposeScope();
        var sampler = new LossAwareTimesteps(Steps, historyPerStep: 1);
        Observe(sampler, [0, 1, 2, 3], [9, 9, 9, 9]);
        Assert.False(sampler.WarmedUp);
        Assert.All(sampler.Probabilities(), probability => Assert.Equal(0.2, probability));
        Observe(sampler, [4], [9]);
        Assert.True(sampler.WarmedUp);
    }

    [Fact]
    public void Loss_aware_draws_follow_the_loss_and_weights_undo_the_bias()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var sampler = new LossAwareTimesteps(Steps, historyPerStep: 2);
        float[] losses = [1, 1, 2, 4, 0];
        // The first losses are forgotten.
        foreach (var scale in new[] { 100f, 1, 1 }) Observe(sampler, [0, 1, 2, 3, 4], [.. losses.Select(loss => loss * scale)]);
        Assert.Equal(1, sampler.Probabilities().Sum(), 12);
        Assert.Equal(0.5, sampler.Probabilities()[3], 3);
        Assert.True(sampler.Probabilities()[4] > 0);
        var draw = sampler.Draw(20_000, random);
        Assert.InRange(Counts(draw)[3], 9700, 10300);
        var expected = losses.Average();
        var weighted = (tensor(losses).index_select(0, draw.Timesteps) * draw.Weights).mean().item<float>();
        Assert.Equal(expected, weighted, 0.05);
    }

    [Fact]
    public void A_saved_history_continues_as_it_was()
    {
        using var scope = NewDisposeScope();
        var sampler = new LossAwareTimesteps(Steps, historyPerStep: 2);
        foreach (var _ in new[] { 1, 2 }) Observe(sampler, [0, 1, 2, 3, 4], [1, 2, 3, 4, 5]);
        var restored = new LossAwareTimesteps(Steps, historyPerStep: 2);
        restored.Restore(sampler.Save());
        Assert.Equal(sampler.Probabilities(), restored.Probabilities());
        Assert.Throws<ArgumentException>(() => new LossAwareTimesteps(Steps + 1).Restore(sampler.Save()));
    }

    private static void Observe(LossAwareTimesteps sampler, long[] timesteps, float[] losses) =>
        sampler.Observe(tensor(timesteps), tensor(losses));

    private static List<int> Counts(TimestepDraw draw)
    {
        var drawn = draw.Timesteps.data<long>().ToArray();
        return [.. Enumerable.Range(0, Steps).Select(t => drawn.Count(value => value == t))];
    }
}
