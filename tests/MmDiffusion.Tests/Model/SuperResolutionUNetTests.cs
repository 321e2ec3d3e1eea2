using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public sealed class SuperResolutionUNetTests
{
    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 3)]
    public void The_output_has_the_frames_size_and_the_variance_beside_it(bool learnSigma, int channels)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var network = Networks.Upscaler(Networks.SmallUpscaler with { LearnSigma = learnSigma });
        using var inference = no_grad();
        Assert.Equal(
            [2, channels, 16, 16],
            network.forward(random.Normal(2, 3, 16, 16), tensor([1f, 2f]), random.Normal(2, 3, 4, 4)).shape);
    }

    [Fact]
    public void Oblong_frames_pass_too()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        using var inference = no_grad();
        Assert.Equal([1, 6, 16, 24], network.forward(random.Normal(1, 3, 16, 24), tensor([1f]), random.Normal(1, 3, 4, 6)).shape);
    }

    [Fact]
    public void Heads_of_a_given_width_are_another_network_than_a_number_of_heads()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var byNumber = Networks.Upscaler(Networks.SmallUpscaler);
        using var byWidth = Networks.Upscaler(Networks.SmallUpscaler with { HeadChannels = 8 });
        using var inference = no_grad();
        var (x, small) = (random.Normal(1, 3, 16, 16), random.Normal(1, 3, 4, 4));
        Assert.Equal(byNumber.state_dict().Keys, byWidth.state_dict().Keys);
        Assert.True(Networks.RelativeError(byWidth.forward(x, tensor([1f]), small), byNumber.forward(x, tensor([1f]), small)) > 1e-5);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using var random = new SeededRandom(1);
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        using var inference = no_grad();
        using Tensor x = random.Normal(1, 3, 16, 16), timesteps = tensor([1f]), small = random.Normal(1, 3, 4, 4);
        network.forward(x, timesteps, small).Dispose();
        var before = LiveTensors.CountBefore();
        network.forward(x, timesteps, small).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Frames_that_levels_cannot_halve_are_refused()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        Assert.Contains(
            "multiples of 2",
            Assert.Throws<ArgumentException>(() => network.forward(zeros(1, 3, 15, 16), zeros(1), zeros(1, 3, 4, 4))).Message,
            StringComparison.Ordinal);
    }
}
