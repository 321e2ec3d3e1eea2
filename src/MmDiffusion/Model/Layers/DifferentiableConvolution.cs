using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// <see cref="ChannelsLast.Convolve"/> with its own way back. The gradient of the input is another convolution, with the kernel mirrored.
/// The gradient of the kernel is a matrix product for each of its taps: in memory padded to one width, a tap is an offset of rows.
/// </summary>
internal sealed class DifferentiableConvolution : autograd.SingleTensorFunction<DifferentiableConvolution>
{
    private const string DilationKey = "dilation";
    private const string BiasKey = "bias";

    public override string Name => nameof(DifferentiableConvolution);

    /// <summary>As <see cref="ChannelsLast.Convolve"/>.</summary>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, long dilation) => apply(x, weight, bias!, dilation);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, bias, dilation) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor?)vars[2], (long)vars[3]);
        ctx.save_for_backward([x, weight]);
        ctx.save_data(DilationKey, dilation);
        ctx.save_data(BiasKey, bias is { requires_grad: true });
        return ChannelsLast.ConvolveDirectly(x, weight, bias, dilation);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (saved, dilation, gradient) = (ctx.get_saved_variables(), (long)ctx.get_data(DilationKey), grad_output.contiguous());
        var (x, weight) = (saved[0], saved[1]);
        var gradientX = x.requires_grad ? ChannelsLast.ConvolveDirectly(gradient, weight.flip(2, 3).transpose(0, 1), null, dilation) : null;
        var gradientWeight = weight.requires_grad ? OfWeight(gradient, x, weight.shape, dilation) : null;
        var gradientBias = (bool)ctx.get_data(BiasKey) ? gradient.sum([0, 1, 2]) : null;
        return [gradientX?.MoveToOuterDisposeScope()!, gradientWeight?.MoveToOuterDisposeScope()!, gradientBias?.MoveToOuterDisposeScope()!, null!];
    }

    private static Tensor OfWeight(Tensor gradient, Tensor x, long[] weight, long dilation)
    {
        var (rows, columns) = (weight[2], weight[3]);
        var (above, beside) = (rows / 2, columns / 2 * dilation);
        // Output (h, w) sees input (h + i, w + j·dilation) of the padded memory, i·width + j·dilation rows of C numbers further on.
        var inputs = nn.functional.pad(x, [0, 0, beside, beside, above, above]).flatten(0, 2);
        var outputs = nn.functional.pad(gradient, [0, 0, 0, 2 * beside, 0, 2 * above]).flatten(0, 2);
        var (width, all) = (x.shape[2] + 2 * beside, inputs.shape[0]);
        var taps = new List<Tensor>();
        for (var i = 0L; i < rows; i++)
            for (var j = 0L; j < columns; j++)
            {
                var offset = i * width + j * dilation;
                taps.Add(outputs.narrow(0, 0, all - offset).t().mm(inputs.narrow(0, offset, all - offset))); // [out,C]
            }
        return stack(taps, dim: 2).view(weight); // [out,C,kH*kW] → [out,C,kH,kW]
    }
}
