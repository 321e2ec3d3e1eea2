using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class ParameterPassTests
{
    public ParameterPassTests() => TorchRuntime.EnsureLoaded();

    /// <summary>Networks keep some parameters in float32, and have small ones beside large ones.</summary>
    [Fact]
    public void A_step_and_what_follows_are_the_same_in_one_pass_as_one_after_another() => Prop.ForAll(
        Gen
            .ListOf(Gen.Zip(Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(1, 300), Gen.Choose(10_000, 60_000)), Gen.Elements(true, false)))
            .ToArbitrary(), sizes =>
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var start = sizes.Select(size => random.Normal(size.Item1)).ToList();
        var gradients = sizes.Select(size => random.Normal(size.Item1)).ToList();
        var (together, apart) = (Steps(Copies(start), inOnePass: true), Steps(Copies(start), inOnePass: false));
        return together.Zip(apart).All(pair => pair.First.dtype == pair.Second.dtype && pair.First.equal(pair.Second).all().item<bool>());

        static List<Tensor> Copies(List<Tensor> tensors) => [.. tensors.Select(tensor => tensor.clone())];

        List<Tensor> Steps(List<Tensor> values, bool inOnePass)
        {
            using var adam = new AdamW(values);
            using var average = new MovingAverage(values, AverageProfile.Exponential(0.9));
            List<Tensor> network = [.. values.Zip(sizes, (value, size) => size.Item2 ? value.to(ScalarType.BFloat16) : value)];
            var published = new PublishedParameters(values, network);
            var step = adam.StepWith(gradients);
            var pass = new ParameterPass(values, step, average, published);
            for (var i = 0; i < 2; i++)
            {
                step.Coefficients = adam.NextCoefficients(0.1, 0.5);
                if (inOnePass)
                {
                    pass.Make();
                    continue;
                }
                new ParameterPass(values, step).Make();
                average.Update(1);
                published.AsTensors();
            }
            return [.. values, .. Copies([.. average.Averages]), .. network];
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Where_one_work_finds_no_memory_all_go_tensor_by_tensor()
    {
        using var scope = NewDisposeScope();
        var parameters = new[] { zeros(4) };
        var (found, missing) = (new Counting(parameters, inMemory: true), new Counting(parameters, inMemory: false));
        new ParameterPass(parameters, found, missing).Make();
        Assert.Equal((0, 1), (found.Parts, found.Wholes));
        Assert.Equal((0, 1), (missing.Parts, missing.Wholes));
        new ParameterPass(parameters, found).Make();
        Assert.Equal((1, 1), (found.Parts, found.Wholes));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var parameter = ones(10);
        using var network = ones(10, dtype: ScalarType.BFloat16);
        using var average = new MovingAverage([parameter], AverageProfile.Exponential(0.9));
        var before = LiveTensors.CountBefore();
        new ParameterPass([parameter], average, new PublishedParameters([parameter], [network])).Make();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class Counting(IReadOnlyList<Tensor> parameters, bool inMemory) : IParameterWork
    {
        internal int Parts { get; private set; }

        internal int Wholes { get; private set; }

        public Action<int, long, int>? InMemory() => inMemory ? (_, _, _) => Parts++ : null;

        public void AsTensors() => Wholes += parameters.Count;
    }
}
