using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class AdamWTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1003, 0.1)]
    [InlineData(64, 0.5)]
    public void Steps_are_PyTorchs(int size, double weightDecay)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var theirs = torch.nn.Parameter(random.Uniform(size) - 0.5);
        var ours = theirs.detach().clone();
        using var reference = optim.AdamW([theirs], lr: 0.01, weight_decay: weightDecay);
        using var optimizer = new AdamW([ours], new AdamWOptions { WeightDecay = weightDecay });
        for (var step = 0; step < 20; step++)
        {
            var gradient = random.Normal(size);
            theirs.grad = gradient.clone();
            reference.step();
            optimizer.Step([gradient], learningRate: 0.01);
        }
        Assert.True(allclose(ours, theirs.detach(), rtol: 1e-5, atol: 1e-6));
        Assert.Equal(20, optimizer.Steps);
    }

    /// <summary>The larger ones are shared among threads.</summary>
    [Fact]
    public void The_pass_over_memory_gives_what_tensors_give() =>
        Prop.ForAll(Gen.OneOf(Gen.Choose(1, 200), Gen.Choose(60_000, 200_000)).ToArbitrary(), size =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(1);
            var state = Enumerable.Range(0, 4).Select(_ => random.Uniform(size)).ToArray();
            var same = state.Select(tensor => tensor.clone()).ToArray();
            var coefficients = new AdamCoefficients(
                new AdamWOptions { WeightDecay = 0.1 },
                step: 3,
                learningRate: 0.02,
                gradientScale: 0.5);
            var step = new AdamStep([state[0]], [state[1]], [state[2]], [state[3]]) { Coefficients = coefficients };
            Assert.NotNull(step.InMemory());
            new ParameterPass([state[0]], step).Make();
            coefficients.Apply(same[0], same[1], same[2], same[3]);
            return state.Zip(same).All(pair => allclose(pair.First, pair.Second, rtol: 1e-5, atol: 1e-7));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_gradient_is_cut_by_its_scale()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var (a, b, gradient) = (ones(5), ones(5), random.Normal(5));
        using var scaled = new AdamW([a]);
        using var plain = new AdamW([b]);
        scaled.Step([gradient], 0.1, gradientScale: 0.25);
        plain.Step([gradient * 0.25], 0.1);
        Assert.True(allclose(a, b));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var parameter = ones(10);
        using var gradient = ones(10);
        var before = LiveTensors.CountBefore();
        using (var optimizer = new AdamW([parameter])) optimizer.Step([gradient], 0.1);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Rates_out_of_range_are_named_together()
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() => new AdamW([], new AdamWOptions { Beta1 = 1, WeightDecay = -1 })).Message;
        Assert.Contains("beta1 is 1", message, StringComparison.Ordinal);
        Assert.Contains("weight_decay is -1", message, StringComparison.Ordinal);
    }
}
