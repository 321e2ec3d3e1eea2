using MmDiffusion.Data;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

/// <summary>Gradients computed in bfloat16 beside float32's; <c>gradients</c> of the benchmarks does it for large networks.</summary>
[Trait("group", "unit")]
public sealed class BFloat16GradientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void They_differ_by_less_than_a_fiftieth_of_their_length(bool upscaler)
    {
        using var scope = NewDisposeScope();
        var configuration = upscaler ? TinyTraining.Upscaler : TinyTraining.Joint;
        var (full, half) = (Gradients(configuration, ScalarType.Float32), Gradients(configuration, ScalarType.BFloat16));
        Assert.InRange((half - full).norm().item<float>() / full.norm().item<float>(), 1e-4, 0.02);
    }

    /// <summary>A trainer's layers add their gradients without rounding them, so that both differ by that rounding.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_trainer_sums_is_what_the_graph_gives(bool upscaler)
    {
        using var scope = NewDisposeScope();
        var configuration = upscaler ? TinyTraining.Upscaler : TinyTraining.Joint;
        var (graph, summed) = (Gradients(configuration, ScalarType.BFloat16),
            Gradients(configuration, ScalarType.BFloat16, asTrainer: true));
        Assert.InRange((summed - graph).norm().item<float>() / graph.norm().item<float>(), 1e-5, 0.004);
    }

    private static Tensor Gradients(TrainingConfiguration configuration, ScalarType type, bool asTrainer = false)
    {
        using var scope = NewDisposeScope();
        using var task = TrainingTask.Create(configuration);
        using var source = TinyTraining.Scenes(configuration);
        using (var first = new SeededRandom(1))
        using (no_grad())
        {
            task.Initialize(first);
            foreach (var (_, parameter) in task.Network.named_parameters()) parameter.add_(first.Normal(parameter.shape), 0.02);
        }
        using var trained = asTrainer ? new TrainedParameters(task.Network, () => task.Compute(type)) : null;
        if (!asTrainer) task.Compute(type);
        task.Network.train();
        task.Drop([5]);
        using var random = new BatchRandom([3]);
        task.Loss(ClipSources.Read(source, 0).Map(part => part.unsqueeze(0)), tensor(new long[] { 400 }), random).Loss.sum().backward();
        trained?.CollectGradients();
        if (trained is not null) return cat([.. trained.Gradients.Select(gradient => gradient.flatten())]).MoveToOuterDisposeScope();
        return cat([.. task.Network.named_parameters().Select(entry => entry.parameter.grad!.to_type(ScalarType.Float32).flatten())])
            .MoveToOuterDisposeScope();
    }
}
