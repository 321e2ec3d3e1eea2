using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public sealed class CoupledUNetTests
{
    private static WindowShifts NoShifts(CoupledUNet network) => WindowShifts.PerBlock(new long[network.ShiftCount]);

    [Fact]
    public void Equal_timesteps_give_the_same_result_by_sample_by_modality_and_by_frame()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        var x = Networks.Input(Networks.SmallCoupled, 2);
        var timesteps = tensor([3f, 700.5f]);
        var expected = network.forward(x, timesteps, NoShifts(network));
        foreach (var repeated in new[]
        {
            timesteps.unsqueeze(1).expand(2, 2),
            timesteps.view(2, 1, 1).expand(2, 2, Networks.SmallCoupled.Frames),
        })
        {
            var found = network.forward(x, repeated, NoShifts(network));
            Assert.True(found.Video.eq(expected.Video).all().item<bool>() && found.Audio.eq(expected.Audio).all().item<bool>());
        }
    }

    [Fact]
    public void A_frames_timestep_modulates_its_own_frame_and_its_own_audio()
    {
        using var scope = NewDisposeScope();
        // Without attention, and with temporal kernels of 3, what one frame's timestep changes stays near that frame.
        var configuration = Networks.SmallCoupled with
        {
            Frames = 8,
            AudioLength = 512,
            VideoAttentionScales = [],
            CrossAttentionScales = [],
            CrossAttentionWindows = [],
        };
        using var network = Networks.Coupled(configuration);
        var x = Networks.Input(configuration, 1);
        var (equal, other) = (full([1, 2, 8], 300f), full([1, 2, 8], 300f));
        other[0, 0, 7] = 900f;
        var (expected, found) = (network.forward(x, equal, NoShifts(network)), network.forward(x, other, NoShifts(network)));
        Assert.InRange(Networks.RelativeError(found.Audio, expected.Audio), 0, 1e-5);
        Assert.True((found.Video - expected.Video).abs().amax([0, 2, 3, 4]).argmax().item<long>() >= 5);
        other = full([1, 2, 8], 300f);
        other[0, 1, 0] = 900f;
        found = network.forward(x, other, NoShifts(network));
        Assert.InRange(Networks.RelativeError(found.Video, expected.Video), 0, 1e-5);
        Assert.True((found.Audio - expected.Audio).abs().argmax().item<long>() < 128); // 512 samples of 8 frames
    }

    [Fact]
    public void The_output_has_the_shape_of_the_input()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        var x = Networks.Input(Networks.SmallCoupled, 2);
        using var inference = no_grad();
        var output = network.forward(x, tensor([3f, 700.5f]), NoShifts(network));
        Assert.Equal(x.Video.shape, output.Video.shape);
        Assert.Equal(x.Audio.shape, output.Audio.shape);
    }

    [Fact]
    public void A_learned_sigma_doubles_the_channels()
    {
        using var scope = NewDisposeScope();
        var configuration = Networks.SmallCoupled with { LearnSigma = true };
        using var network = Networks.Coupled(configuration);
        using var inference = no_grad();
        var output = network.forward(Networks.Input(configuration, 1), tensor([3f]), NoShifts(network));
        Assert.Equal([1, 4, 6, 8, 12], output.Video.shape);
        Assert.Equal([1, 2, 144], output.Audio.shape);
    }

    [Fact]
    public void A_sample_does_not_depend_on_the_rest_of_its_batch()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        using var inference = no_grad();
        var x = Networks.Input(Networks.SmallCoupled, 3);
        var timesteps = tensor([3f, 300f, 999f]);
        var shifts = new WindowShifts(Enumerable.Range(0, network.ShiftCount).Select(block => new long[] { 0, 1, block % 2 + 1 }));
        var together = network.forward(x, timesteps, shifts);
        for (var i = 0; i < 3; i++)
        {
            var alone = network.forward(x.Map(part => part.narrow(0, i, 1)), timesteps.narrow(0, i, 1),
                WindowShifts.PerBlock(Enumerable.Range(0, network.ShiftCount).Select(block => shifts[block][i])));
            Assert.InRange(Networks.RelativeError(together.Video.narrow(0, i, 1), alone.Video), 0, 1e-5);
            Assert.InRange(Networks.RelativeError(together.Audio.narrow(0, i, 1), alone.Audio), 0, 1e-5);
        }
    }

    [Fact]
    public void Equal_timesteps_of_both_modalities_are_one_timestep_and_each_has_its_own_effect()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        using var inference = no_grad();
        var x = Networks.Input(Networks.SmallCoupled, 2);
        var shared = network.forward(x, tensor([3f, 700f]), NoShifts(network));
        var equal = network.forward(x, tensor([3f, 3f, 700f, 700f]).view(2, 2), NoShifts(network));
        Assert.InRange(Networks.RelativeError(equal.Video, shared.Video), 0, 1e-5);
        Assert.InRange(Networks.RelativeError(equal.Audio, shared.Audio), 0, 1e-5);
        var clean = network.forward(x, tensor([0f, 3f, 0f, 700f]).view(2, 2), NoShifts(network));
        Assert.True(Networks.RelativeError(clean.Video, shared.Video) > 1e-3);
        Assert.True(Networks.RelativeError(clean.Video, shared.Video) > Networks.RelativeError(clean.Audio, shared.Audio));
    }

    [Fact]
    public void Shifts_move_the_windows()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        using var inference = no_grad();
        var x = Networks.Input(Networks.SmallCoupled, 1);
        var still = network.forward(x, tensor([3f]), NoShifts(network));
        var moved = network.forward(x, tensor([3f]), WindowShifts.PerBlock(Enumerable.Repeat(1L, network.ShiftCount)));
        Assert.True(Networks.RelativeError(moved.Video, still.Video) > 1e-4);
    }

    [Fact]
    public void Shifts_come_from_the_random_source_alone_and_reach_every_place()
    {
        using var network = Networks.Coupled(Networks.SmallCoupled);
        using SeededRandom one = new(5), same = new(5);
        var seen = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            WindowShifts a = network.DrawShifts(one, 2), b = network.DrawShifts(same, 2);
            Assert.Equal(network.ShiftCount, a.Count);
            for (var block = 0; block < a.Count; block++) Assert.Equal(a[block], b[block]);
            seen.UnionWith(a[0]);
            Assert.All(a[0], shift => Assert.InRange(shift, 0, Networks.SmallCoupled.Frames - 1));
            Assert.All(a[1], shift => Assert.InRange(shift, 0, Networks.SmallCoupled.Frames - 2));
        }
        Assert.Equal([0, 1, 2, 3], seen.Order());
    }

    [Fact]
    public void A_gradient_reaches_every_parameter_and_both_inputs()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        var x = Networks.Input(Networks.SmallCoupled, 1).Map(part => part.requires_grad_());
        var output = network.forward(x, tensor([3f]), NoShifts(network));
        (output.Video.square().mean() + output.Audio.square().mean()).backward();
        foreach (var (name, parameter) in network.named_parameters())
            Assert.True(parameter.grad is not null && parameter.grad.isfinite().all().item<bool>(), $"no finite gradient at {name}");
        Assert.True(x.Video.grad!.abs().max().item<float>() > 0);
        Assert.True(x.Audio.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using var network = Networks.Coupled(Networks.SmallCoupled);
        using var inference = no_grad();
        using var x = Networks.Input(Networks.SmallCoupled, 2);
        using var timesteps = tensor([3f, 5f]);
        network.forward(x, timesteps, NoShifts(network)).Dispose();
        var before = LiveTensors.CountBefore();
        network.forward(x, timesteps, NoShifts(network)).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        Assert.False(x.Video.IsInvalid);
    }

    [Fact]
    public void Initialisation_depends_on_the_seed_alone_and_starts_residual_branches_at_zero()
    {
        using var scope = NewDisposeScope();
        CoupledUNet Start(ulong seed)
        {
            var network = new CoupledUNet(Networks.SmallCoupled);
            using var random = new SeededRandom(seed);
            network.Initialize(random);
            return network;
        }
        var (first, same, other) = (Start(1).state_dict(), Start(1).state_dict(), Start(2).state_dict());
        Assert.All(first, entry => Assert.True(entry.Value.eq(same[entry.Key]).all().item<bool>()));
        Assert.False(
            first["input_blocks.0.0.audio_conv.audio_conv.weight"].allclose(other["input_blocks.0.0.audio_conv.audio_conv.weight"]));
        Assert.Equal(0, first["video_out.2.video_conv.weight"].abs().max().item<float>());
        Assert.Equal(0, first["input_blocks.1.0.audio_out_layers.3.audio_conv.weight"].abs().max().item<float>());
        Assert.Equal(1, first["input_blocks.1.0.audio_out_layers.0.GroupNorm.weight"].min().item<float>());
    }

    [Theory]
    [InlineData("video", "[1, 4, 3, 8, 8], expected [B, 4, 3, 8, 12]")]
    [InlineData("audio", "[1, 1, 140], expected [B, 1, 144]")]
    [InlineData("timesteps", "[2] timesteps")]
    [InlineData("shift", "expected one, or 1, of 0 to 3")]
    [InlineData("shifts", "window shifts were given for")]
    public void A_shape_that_does_not_fit_is_said_in_a_sentence(string wrong, string said)
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Networks.SmallCoupled);
        var x = new AudioVideo(zeros([1, 4, 3, 8, wrong == "video" ? 8 : 12]), zeros(1, 1, wrong == "audio" ? 140 : 144));
        var timesteps = zeros(wrong == "timesteps" ? 2 : 1);
        var shifts = WindowShifts.PerBlock(Enumerable.Repeat(wrong == "shift" ? 4L : 0, network.ShiftCount + (wrong == "shifts" ? 1 : 0)));
        Assert.Contains(
            said,
            Assert.Throws<ArgumentException>(() => network.forward(x, timesteps, shifts)).Message,
            StringComparison.Ordinal);
    }
}
