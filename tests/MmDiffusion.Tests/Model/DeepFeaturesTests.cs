using MmDiffusion.Model;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public sealed class DeepFeaturesTests
{
    private static readonly CoupledUNetConfiguration Shallow = Networks.SmallCoupled with { CrossAttentionScales = [1, 4] };

    private static readonly ScalarType[] Types = [ScalarType.Float32, ScalarType.BFloat16];

    public static TheoryData<ScalarType> EachType => new(Types);

    [Theory]
    [MemberData(nameof(EachType))]
    public void A_call_with_an_unchanged_input_reuses_to_the_same_result(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var network = Networks.Coupled(Shallow);
        network.ComputeType = type;
        using var features = new DeepFeatures(2);
        var (x, t, shifts) = (Networks.Input(Shallow, 2), tensor([3f, 500f]), WindowShifts.PerBlock(new long[network.ShiftCount]));
        var plain = network.forward(x, t, shifts);
        var (first, second) = (network.forward(x, t, shifts, features), network.forward(x, t, shifts, features));
        AssertSame(plain, first);
        AssertSame(plain, second);
    }

    [Theory]
    [MemberData(nameof(EachType))]
    public void The_upper_levels_see_each_call_and_the_deep_ones_every_third(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var inference = no_grad();
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        network.ComputeType = type;
        using var features = new DeepFeatures(3);
        var (small, inputs) = (random.Normal(2, 3, 4, 4), Enumerable.Range(0, 4).Select(i => random.Normal(2, 3, 16, 16)).ToList());
        var exact = inputs.ConvertAll(x => network.forward(x, tensor([9f, 9f]), small));
        var found = inputs.ConvertAll(x => network.forward(x, tensor([9f, 9f]), small, features));
        // The first and the fourth compute everything; those between see their own input, but not with all levels.
        Assert.Equal([true, false, false, true], exact.Zip(found, (e, f) => e.equal(f).all().item<bool>()));
        Assert.True((found[1] - found[2]).abs().max().item<float>() > 1e-3);
        Assert.True((found[1] - found[0]).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void Windows_of_upper_levels_shift_in_every_call_and_those_of_deep_levels_only_where_they_are_computed()
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var network = Networks.Coupled(Shallow with { CrossAttentionWindows = [2, 2] });
        var (x, t) = (Networks.Input(Shallow, 1), tensor([3f]));
        // In the order the blocks run: one of the first level, one and then two of the third, and two of the first again.
        Assert.Equal(6, network.ShiftCount);
        AudioVideo SecondCall(params long[] shifts)
        {
            using var features = new DeepFeatures(2);
            network.forward(x, t, WindowShifts.PerBlock(new long[network.ShiftCount]), features);
            return network.forward(x, t, WindowShifts.PerBlock(shifts), features);
        }
        var inPlace = SecondCall(0, 0, 0, 0, 0, 0);
        AssertSame(inPlace, SecondCall(0, 1, 2, 1, 0, 0));
        Assert.True((inPlace.Video - SecondCall(1, 0, 0, 0, 0, 0).Video).abs().max().item<float>() > 1e-6);
    }

    [Fact]
    public void All_levels_are_the_most_that_a_call_computes_and_leave_only_the_middle_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        using var random = new SeededRandom(3);
        var (small, a, b) = (random.Normal(1, 3, 4, 4), random.Normal(1, 3, 16, 16), random.Normal(1, 3, 16, 16));
        double ErrorOfSecond(int levels)
        {
            using var features = new DeepFeatures(2, levels);
            network.forward(a, tensor([9f]), small, features);
            return Networks.RelativeError(network.forward(b, tensor([9f]), small, features), network.forward(b, tensor([9f]), small));
        }
        Assert.True(ErrorOfSecond(2) > 1e-6, "the middle is that of the call before");
        Assert.NotEqual(ErrorOfSecond(1), ErrorOfSecond(2));
        Assert.Equal(ErrorOfSecond(2), ErrorOfSecond(9));
    }

    [Fact]
    public void A_call_that_is_differentiated_computes_everything_and_so_does_the_next()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Coupled(Shallow);
        using var features = new DeepFeatures(4);
        var (x, t, shifts) = (Networks.Input(Shallow, 1), tensor([3f]), WindowShifts.PerBlock(new long[network.ShiftCount]));
        var other = Networks.Input(Shallow, 1, seed: 7);
        using (no_grad()) network.forward(x, t, shifts, features);
        var video = other.Video.detach().requires_grad_(true);
        var output = network.forward(new AudioVideo(video, other.Audio), t, shifts, features);
        Assert.True(autograd.grad([output.Audio.sum()], [video])[0].abs().max().item<float>() > 0);
        using var inference = no_grad();
        AssertSame(network.forward(x, t, shifts), network.forward(x, t, shifts, features));
    }

    [Fact]
    public void Features_live_until_they_are_disposed_and_leave_nothing_behind()
    {
        using var random = new SeededRandom(1);
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        using var inference = no_grad();
        using Tensor x = random.Normal(1, 3, 16, 16), timesteps = tensor([1f]), small = random.Normal(1, 3, 4, 4);
        network.forward(x, timesteps, small).Dispose();
        var before = LiveTensors.CountBefore();
        using (var features = new DeepFeatures(2))
        {
            for (var call = 0; call < 3; call++)
            {
                using var scope = NewDisposeScope();
                network.forward(x, timesteps, small, features);
            }
            Assert.Equal(before + 1, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Another_batch_in_the_same_run_is_refused()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var inference = no_grad();
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        using var features = new DeepFeatures(2);
        network.forward(random.Normal(2, 3, 16, 16), tensor([1f, 1f]), random.Normal(2, 3, 4, 4), features);
        var said = Assert.Throws<ArgumentException>(() =>
            network.forward(random.Normal(1, 3, 16, 16), tensor([1f]), random.Normal(1, 3, 4, 4), features)).Message;
        Assert.Contains("of 2 samples, but the call is for 1", said, StringComparison.Ordinal);
    }

    private static void AssertSame(AudioVideo expected, AudioVideo found)
    {
        Assert.True(expected.Video.equal(found.Video).all().item<bool>());
        Assert.True(expected.Audio.equal(found.Audio).all().item<bool>());
    }
}
