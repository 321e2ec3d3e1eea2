using MmDiffusion.Data;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

/// <summary>Activations computed again give the gradients that kept ones give.</summary>
[Trait("group", "unit")]
public sealed class RecomputationTests
{
    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(false, 0.3)]
    [InlineData(true, 0.0)]
    public void Gradients_are_the_same_but_for_rounding(bool upscaler, double dropout)
    {
        using var scope = NewDisposeScope();
        var configuration = upscaler ? TinyTraining.Upscaler : TinyTraining.Joint;
        var model = upscaler
            ? configuration.Model
            : configuration.Model with { Coupled = configuration.Model.Coupled! with { Dropout = dropout } };
        var start = TinyTraining.LiveTensors();
        var kept = Gradients(configuration with { Model = model });
        var middle = TinyTraining.LiveTensors();
        var again = Gradients(configuration with { Model = model, ActivationCheckpointing = true });
        Assert.Equal(middle - start, TinyTraining.LiveTensors() - middle);
        // Gradients that meet in one tensor are added in another order, and what is kept for no backward pass is computed by other kernels.
        // Those that cancel out, as of a bias before a norm, are nothing but rounding.
        var largest = kept.Max(Largest);
        Assert.All(kept.Zip(again), pair =>
            Assert.InRange(Largest(pair.First - pair.Second), 0, Math.Max(1e-4f * Largest(pair.First), 1e-6f * largest)));
        Assert.True(largest > 0);

        static float Largest(Tensor gradient) => gradient.abs().max().item<float>();
    }

    private static List<Tensor> Gradients(TrainingConfiguration configuration)
    {
        using var task = TrainingTask.Create(configuration);
        using var source = TinyTraining.Scenes(configuration);
        using var first = new SeededRandom(1);
        task.Initialize(first);
        using (no_grad())
            foreach (var (_, parameter) in task.Network.named_parameters()) parameter.add_(0.01);
        task.Network.train();
        task.Drop([5]);
        using var scope = NewDisposeScope();
        using var random = new BatchRandom([3]);
        task.Loss(ClipSources.Read(source, 0).Map(part => part.unsqueeze(0)), tensor(new long[] { 400 }), random).Loss.sum().backward();
        return [.. task.Network.named_parameters().Select(entry => entry.parameter.grad!.clone().MoveToOuterDisposeScope())];
    }
}
