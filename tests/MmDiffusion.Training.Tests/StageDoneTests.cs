using MmDiffusion.Data;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

/// <summary>When the backward pass says that gradients are complete, they are.</summary>
[Trait("group", "unit")]
public sealed class StageDoneTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Gradients_of_a_stage_and_of_all_named_after_it_are_complete_when_it_is_done(bool upscaler, bool recompute)
    {
        using var scope = NewDisposeScope();
        var configuration = (upscaler ? TinyTraining.Upscaler : TinyTraining.Joint) with { ActivationCheckpointing = recompute };
        using var task = TrainingTask.Create(configuration);
        using var source = TinyTraining.Scenes(configuration);
        using var first = new SeededRandom(1);
        task.Initialize(first);
        task.Network.train();
        task.Drop([5]);
        using (no_grad())
            foreach (var (_, parameter) in task.Network.named_parameters()) parameter.add_(0.01);
        using var parameters = new TrainedParameters(task.Network, () => { });
        var seen = new List<(long Start, float[] Values)>();
        task.TellStages(stage =>
        {
            var start = parameters.StartOf(stage);
            seen.Add((start, parameters.FlatGradient.data<float>().ToArray()[(int)start..]));
        });
        using var random = new BatchRandom([3]);
        task.Loss(ClipSources.Read(source, 0).Map(part => part.unsqueeze(0)), tensor(new long[] { 400 }), random).Loss.sum().backward();
        var whole = parameters.FlatGradient.data<float>().ToArray();
        Assert.Equal(seen.Select(entry => entry.Start).OrderDescending(), seen.Select(entry => entry.Start));
        Assert.All(seen, entry => Assert.Equal(whole[(int)entry.Start..], entry.Values));
        // From near the end to near the beginning, and with something in each.
        Assert.InRange(seen[0].Start, whole.Length / 2, whole.Length);
        Assert.InRange(seen[^1].Start, 1, whole.Length / 3);
        Assert.All(seen, entry => Assert.Contains(entry.Values, value => value != 0));
    }
}
