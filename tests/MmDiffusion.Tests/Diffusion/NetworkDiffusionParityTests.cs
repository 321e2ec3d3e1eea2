using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using MmDiffusion.Tests.Diffusion.Guidance;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>Sampling, conditioning and losses with the networks in place, against what the published code recorded.</summary>
[Trait("group", "parity")]
public sealed class NetworkDiffusionParityTests
{
    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Both_conditionings_agree_both_ways(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var recorded = reference.Tensors("conditional.safetensors");
        var errors = ConditionalRuns.Errors(new CoupledDenoiser(network), recorded.Keys, name => recorded[name]);
        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.True(error.Value <= 1e-3, $"{error.Key}: {error.Value:g3}"));
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_upscaler_s_ddim_run_agrees(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        using var network = reference.Upscaler();
        var io = reference.Tensors("sr.io.safetensors");
        var process = new GaussianProcess(DiffusionConfiguration.SuperResolution).Respace("ddim25");
        Assert.Equal(io["ddim25.timestep_map"].data<long>().Select(t => (int)t), process.Schedule.TimestepMap);
        var result = new DdimSampler(process).Sample(
            new UpscalingDenoiser(network, io["low_res"]),
            new(io["x"], null),
            TestStates.Context());
        Assert.InRange(Reference.Error(result.Video, io["ddim25.out"]), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_upscaler_s_losses_agree(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Upscaler();
        var io = reference.Tensors("sr.io.safetensors");
        var terms = new DiffusionLosses(new(DiffusionConfiguration.SuperResolution))
            .Compute(
                new UpscalingDenoiser(network, io["low_res"]),
                new(io["train.x0"], null),
                io["train.t"],
                new AudioVideo(io["train.noise"], null));
        Assert.InRange(Reference.Error(terms.VariationalBound!.Video, io["train.vb"]), 0, 1e-5);
        Assert.InRange(Reference.Error(terms.MeanSquaredError.Video, io["train.mse"]), 0, 1e-5);
        Assert.InRange(Reference.Error(terms.Loss, io["train.loss"]), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_joint_model_s_losses_agree(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var recorded = reference.Tensors("training.safetensors");
        var terms = new DiffusionLosses(new(DiffusionConfiguration.Base)).Compute(
            new CoupledDenoiser(network),
            new(recorded["x0.video"], recorded["x0.audio"]),
            recorded["t"],
            new(recorded["noise.video"], recorded["noise.audio"]));
        Assert.InRange(Reference.Error(terms.MeanSquaredError.Video, recorded["mse_video"]), 0, 1e-5);
        Assert.InRange(Reference.Error(terms.MeanSquaredError.Audio, recorded["mse_audio"]), 0, 1e-5);
        Assert.InRange(Reference.Error(terms.Loss, recorded["loss"]), 0, 1e-5);
    }
}
