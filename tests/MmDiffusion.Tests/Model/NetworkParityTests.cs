using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

/// <summary>Both networks against the outputs that the published code recorded, in float32.</summary>
[Trait("group", "parity")]
public sealed class NetworkParityTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_coupled_network_agrees_without_shifts(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var io = reference.Tensors("coupled.io.safetensors");
        var output = network.forward(
            new AudioVideo(io["video"], io["audio"]),
            io["timesteps"],
            WindowShifts.PerBlock(new long[network.ShiftCount]));
        Assert.InRange(Reference.Error(output.Video, io["video_out.shift0"]), 0, Tolerance);
        Assert.InRange(Reference.Error(output.Audio, io["audio_out.shift0"]), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_coupled_network_agrees_with_recorded_shifts(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var io = reference.Tensors("coupled.io.safetensors");
        Assert.SkipUnless(io.ContainsKey("window_shifts"), "nothing was recorded with shifts");
        var shifts = io["window_shifts"].data<long>().ToArray();
        Assert.Equal(network.ShiftCount, shifts.Length);
        var output = network.forward(new AudioVideo(io["video"], io["audio"]), io["timesteps"], WindowShifts.PerBlock(shifts));
        Assert.InRange(Reference.Error(output.Video, io["video_out.shifted"]), 0, Tolerance);
        Assert.InRange(Reference.Error(output.Audio, io["audio_out.shifted"]), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_first_blocks_agree(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var io = reference.Tensors("coupled.io.safetensors");
        var embedding = network.Embed(io["timesteps"]);
        Assert.InRange(Reference.Error(embedding, io["probe.time_embedding"]), 0, Tolerance);
        var blocks = network.Encode(
            new AudioVideo(io["video"], io["audio"]),
            embedding,
            WindowShifts.PerBlock(new long[network.ShiftCount]))
            .Reverse()
            .ToList();
        for (var i = 0; i < 2; i++)
        {
            Assert.InRange(Reference.Error(blocks[i].Video.permute(0, 1, 4, 2, 3), io[$"probe.input{i}.video"]), 0, Tolerance);
            Assert.InRange(Reference.Error(blocks[i].Audio.transpose(1, 2), io[$"probe.input{i}.audio"]), 0, Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void The_upscaler_agrees(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Upscaler();
        var io = reference.Tensors("sr.io.safetensors");
        Assert.InRange(Reference.Error(network.forward(io["x"], io["timesteps"], io["low_res"]), io["out"]), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void BFloat16_stays_near_float32(string directory)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var reference = new Reference(directory);
        using var network = reference.Coupled();
        var io = reference.Tensors("coupled.io.safetensors");
        network.ComputeType = ScalarType.BFloat16;
        var output = network.forward(
            new AudioVideo(io["video"], io["audio"]),
            io["timesteps"],
            WindowShifts.PerBlock(new long[network.ShiftCount]));
        Assert.Equal(ScalarType.Float32, output.Video.dtype);
        Assert.InRange(RelativeNorm(output.Video, io["video_out.shift0"]), 0, 0.05);
        Assert.InRange(RelativeNorm(output.Audio, io["audio_out.shift0"]), 0, 0.05);

        static double RelativeNorm(Tensor found, Tensor expected) => ((found - expected).norm() / expected.norm()).item<float>();
    }
}
