using System.Text.Json;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

/// <summary>One training step of the coupled network, windows in place and nothing dropped, against the recorded one.</summary>
[Trait("group", "parity")]
public sealed class TrainingParityTests
{
    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Gradients_agree_by_norm_and_whole(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        var recorded = reference.Tensors("training.safetensors");
        using var network = reference.Coupled();
        Backward(network, recorded);
        var parameters = network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        var names = JsonSerializer.Deserialize<string[]>(reference.Metadata("training.safetensors")["parameter_names"])!;
        Assert.Equal(parameters.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        var norms = stack([.. names.Select(name => parameters[name].grad!.norm())]);
        Assert.InRange(Reference.Error(norms, recorded["grad_norms"]), 0, 1e-3);
        foreach (var name in Picked(reference))
            Assert.InRange(Reference.Error(parameters[name].grad!, recorded[$"grad.{name}"]), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void An_optimiser_step_and_its_moving_average_agree(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        var recorded = reference.Tensors("training.safetensors");
        using var network = reference.Coupled();
        var parameters = network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        // From the recorded gradients: AdamW's first step is almost the sign of each, which rounding decides where they vanish.
        foreach (var name in Picked(reference))
        {
            using var optimizer = new AdamW([parameters[name]]);
            using var average = new MovingAverage([parameters[name]], AverageProfile.Exponential(0.9999));
            optimizer.Step([recorded[$"grad.{name}"]], learningRate: 1e-4);
            average.Update(1);
            Assert.InRange(Reference.Error(parameters[name], recorded[$"after.{name}"]), 0, 1e-6);
            Assert.InRange(Reference.Error(average.Averages[0], recorded[$"ema.{name}"]), 0, 1e-6);
        }
    }

    private static string[] Picked(Reference reference) =>
        JsonSerializer.Deserialize<string[]>(reference.Metadata("training.safetensors")["picked"])!;

    private static void Backward(CoupledUNet network, Dictionary<string, Tensor> recorded)
    {
        network.train();
        var terms = new DiffusionLosses(new GaussianProcess(DiffusionConfiguration.Base)).Compute(
            new CoupledDenoiser(network), new AudioVideo(recorded["x0.video"], recorded["x0.audio"]), recorded["t"],
            new AudioVideo(recorded["noise.video"], recorded["noise.audio"]));
        Assert.InRange(Reference.Error(terms.Loss, recorded["loss"]), 0, 1e-5);
        terms.Loss.mean().backward();
    }
}
