using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public sealed class ChannelsLastTests
{
    public static TheoryData<long[], long[], long> Kernels { get; } = new()
    {
        { [2, 6, 5, 32], [16, 32, 3, 3], 1 },
        { [2, 8, 12, 32], [32, 32, 3, 1], 1 },
        { [3, 1, 40, 16], [8, 16, 1, 3], 4 },
        { [1, 1, 9, 32], [32, 32, 1, 3], 16 },
        { [2, 5, 4, 3], [32, 3, 3, 3], 1 },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void It_is_a_convolution(long[] shape, long[] kernel, long dilation)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs(shape, kernel);
        var expected = nn.functional
            .conv2d(
                x.permute(0, 3, 1, 2).contiguous(), weight, bias, padding: [kernel[2] / 2, kernel[3] / 2 * dilation],
                dilation: [1, dilation])
            .permute(0, 2, 3, 1);
        var found = ChannelsLast.Convolve(x, weight, bias, dilation);
        Assert.True(found.is_contiguous());
        Assert.InRange(Networks.RelativeError(found, expected), 0, 1e-5);
    }

    /// <summary>The last is a size with which libtorch's convolution ends the process where the processor hides its caches.</summary>
    [Theory]
    [InlineData(64, 256, 256)]
    [InlineData(3, 128, 384)]
    [InlineData(400, 512, 1024)]
    public void A_mix_is_a_matrix_product(long positions, long channels, long outputs)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new SeededRandom(1);
        var (x, weight, bias) = (random.Normal([positions, channels]), random.Normal([outputs, channels]), random.Normal([outputs]));
        foreach (var type in new[] { float32, bfloat16 })
        {
            var (features, kernel) = (x.to(type), weight.to(type));
            var expected = nn.functional.linear(features.to(float64), kernel.to(float64), bias.to(type).to(float64));
            var found = ChannelsLast.Mix(features, kernel, bias.to(type)).to(float64);
            Assert.InRange(Networks.RelativeError(found, expected), 0, type == float32 ? 1e-5 : 1e-2);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Its_own_way_back_gives_the_gradients_of_libtorch(long[] shape, long[] kernel, long dilation)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs(shape, kernel);
        using var random = new SeededRandom(2);
        var weights = random.Normal([.. shape[..3], kernel[0]]);
        var expected = Gradients(x, weight, bias, (a, b, c) => ChannelsLast.ConvolveDirectly(a, b, c, dilation), weights);
        var found = Gradients(x, weight, bias, (a, b, c) => DifferentiableConvolution.Apply(a, b, c, dilation), weights);
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(found[i], expected[i]), 0, 1e-5);
    }

    [Fact]
    public void Gradients_in_bfloat16_are_near()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs([4, 16, 16, 64], [32, 64, 3, 3]);
        using var random = new SeededRandom(2);
        var weights = random.Normal(4, 16, 16, 32);
        var half = Gradients(
            x.bfloat16(), weight.bfloat16(), bias.bfloat16(), (a, b, c) => ChannelsLast.Convolve(a, b, c), weights.bfloat16());
        var full = Gradients(x, weight, bias, (a, b, c) => ChannelsLast.Convolve(a, b, c), weights);
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(half[i].to_type(ScalarType.Float32), full[i]), 0, 0.02);
    }

    /// <summary>Of our own kernels, and of what libtorch is left: odd numbers of outputs, and many places.</summary>
    [Theory]
    [InlineData(new long[] { 2, 9, 8, 32 }, new long[] { 48, 32, 3, 3 })]
    [InlineData(new long[] { 2, 9, 8, 32 }, new long[] { 5, 32, 3, 3 })]
    [InlineData(new long[] { 2, 70, 128, 32 }, new long[] { 16, 32, 1, 1 })]
    [InlineData(new long[] { 2, 9, 8, 32 }, new long[] { 48, 32, 1, 1 })]
    public void Gradients_of_weight_and_bias_may_be_summed_elsewhere(long[] shape, long[] kernel)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs(shape, kernel);
        using var random = new SeededRandom(2);
        var weights = random.Normal([.. shape[..3], kernel[0]]).bfloat16();
        var isMix = kernel[2] == 1;
        var expected = Gradients(
            x.bfloat16(), weight.bfloat16(), bias.bfloat16(),
            (a, b, c) => isMix ? ChannelsLast.Mix(a, b, c) : ChannelsLast.Convolve(a, b, c), weights);
        var sums = new GradientSums(ones(kernel), zeros(kernel[0]));
        Tensor[] leaves = [.. new[] { x, weight, bias }.Select(tensor => tensor.bfloat16().requires_grad_())];
        var y = isMix
            ? ChannelsLast.Mix(leaves[0], leaves[1], leaves[2], sums)
            : ChannelsLast.Convolve(leaves[0], leaves[1], leaves[2], sums: sums);
        (y * weights).sum().backward();
        Assert.Null(leaves[1].grad);
        Assert.Null(leaves[2].grad);
        var found = new[] { leaves[0].grad!, sums.Weight - 1, sums.Bias };
        for (var i = 0; i < 3; i++)
            Assert.InRange(Networks.RelativeError(found[i].to_type(ScalarType.Float32), expected[i].to_type(ScalarType.Float32)), 0, 0.005);
    }

    /// <summary>In float32, whose kernels' gradients are matrix products.</summary>
    [Theory]
    [InlineData(new long[] { 40, 32 }, new long[] { 16, 32 })]
    [InlineData(new long[] { 2, 20, 32 }, new long[] { 16, 32, 1 })]
    [InlineData(new long[] { 1, 2, 4, 5, 32 }, new long[] { 16, 32, 1, 1, 1 })]
    public void What_is_mixed_may_have_any_dimensions_on_the_way_back(long[] shape, long[] kernel)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs(shape, kernel);
        using var random = new SeededRandom(2);
        var weights = random.Normal([.. shape[..^1], 16]);
        var expected = Gradients(x, weight, bias, (a, b, c) => nn.functional.linear(a, b.flatten(1), c), weights);
        var found = Gradients(x, weight, bias, (a, b, c) => DifferentiableConvolution.Apply(a, b, c, 1), weights);
        var sums = new GradientSums(zeros(kernel), zeros(16));
        var (input, summed) = (x.detach().clone().requires_grad_(), weight.detach().clone().requires_grad_());
        (DifferentiableConvolution.Apply(input, summed, bias.detach().clone().requires_grad_(), 1, sums) * weights).sum().backward();
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(found[i], expected[i]), 0, 1e-5);
        foreach (var (added, gradient) in new[] { (input.grad!, expected[0]), (sums.Weight, expected[1]), (sums.Bias, expected[2]) })
            Assert.InRange(Networks.RelativeError(added, gradient), 0, 1e-5);
    }

    [Fact]
    public void The_first_layer_hands_its_gradients_to_the_graph()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs([2, 9, 8, 3], [16, 3, 3, 3]);
        var sums = new GradientSums(zeros(16, 3, 3, 3), zeros(16));
        var (w, b) = (weight.bfloat16().requires_grad_(), bias.bfloat16().requires_grad_());
        ChannelsLast.Convolve(x.bfloat16(), w, b, sums: sums).sum().backward();
        Assert.True(w.grad!.count_nonzero().item<long>() > 0 && b.grad!.count_nonzero().item<long>() > 0);
        Assert.Equal(0, sums.Weight.abs().sum().item<float>());
    }

    [Theory]
    [InlineData(32)]
    [InlineData(1)]
    public void Ways_back_leave_no_tensors_behind(long outputs)
    {
        using var outer = NewDisposeScope();
        var (x, weight, bias) = Inputs([2, 8, 8, 32], [outputs, 32, 3, 3]);
        Tensor[] leaves = [x.bfloat16().requires_grad_(), weight.bfloat16().requires_grad_(), bias.bfloat16().requires_grad_()];
        Once();
        var before = LiveTensors.CountBefore();
        Once();
        Assert.Equal(before, Tensor.TotalCount);

        void Once()
        {
            using var scope = NewDisposeScope();
            ChannelsLast.Convolve(leaves[0], leaves[1], leaves[2]).sum().backward();
        }
    }

    [Fact]
    public void A_kernel_of_size_1_is_a_linear_layer_with_and_without_gradients()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs([2, 6, 5, 32], [16, 32, 1, 1]);
        var expected = nn.functional.linear(x, weight.flatten(1), bias);
        Assert.InRange(Networks.RelativeError(ChannelsLast.Mix(x, weight, bias), expected), 0, 1e-5);
        Assert.InRange(Networks.RelativeError(ChannelsLast.Mix(x.requires_grad_(), weight, bias), expected), 0, 1e-5);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(129)]
    public void So_are_its_gradients_in_bfloat16_for_many_places(long rows)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Inputs([1, rows, 257, 32], [16, 32, 1, 1]);
        using var random = new SeededRandom(2);
        var weights = random.Normal(1, rows, 257, 16);
        var half = Gradients(x.bfloat16(), weight.bfloat16(), bias.bfloat16(), (a, b, c) => ChannelsLast.Mix(a, b, c), weights.bfloat16());
        var full = Gradients(x, weight, bias, (a, b, c) => ChannelsLast.Mix(a, b, c), weights);
        for (var i = 0; i < 3; i++) Assert.InRange(Networks.RelativeError(half[i].to_type(ScalarType.Float32), full[i]), 0, 0.02);
    }

    private static (Tensor X, Tensor Weight, Tensor Bias) Inputs(long[] shape, long[] kernel)
    {
        using var random = new SeededRandom(1);
        return (random.Normal(shape), random.Normal(kernel), random.Normal(kernel[0]));
    }

    private static Tensor[] Gradients(Tensor x, Tensor weight, Tensor bias, Func<Tensor, Tensor, Tensor, Tensor> convolve, Tensor weights)
    {
        Tensor[] leaves =
        [
            x.detach().clone().requires_grad_(),
            weight.detach().clone().requires_grad_(),
            bias.detach().clone().requires_grad_(),
        ];
        (convolve(leaves[0], leaves[1], leaves[2]) * weights).sum().backward();
        return [.. leaves.Select(leaf => leaf.grad!)];
    }
}
