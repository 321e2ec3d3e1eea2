using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// <see cref="ChannelsLast.Convolve"/> with the fastest way back in bfloat16: <see cref="InputGradient"/>, and <see cref="KernelGradient"/>
/// where libtorch's own is not faster.
/// </summary>
internal sealed class DifferentiableConvolution : autograd.SingleTensorFunction<DifferentiableConvolution>
{
    private const string DilationKey = "dilation";
    private const string BiasKey = "bias";

    public override string Name => nameof(DifferentiableConvolution);

    /// <summary>As <see cref="ChannelsLast.Convolve"/>.</summary>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, long dilation) =>
        KernelGradient.IsFastInLibtorch(weight.shape) ? ApplyWithLibtorch(x, weight, bias, dilation) : ApplyWithProducts(x, weight, bias, dilation);

    /// <summary>The gradients of kernel and bias as libtorch computes them.</summary>
    internal static Tensor ApplyWithLibtorch(Tensor x, Tensor weight, Tensor? bias, long dilation)
    {
        using var scope = NewDisposeScope();
        var y = ChannelsLast.ConvolveDirectly(x.detach(), weight, bias, dilation);
        return (x.requires_grad ? InputGradient.Apply(y, x, weight, dilation) : y).MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the kernel as matrix products.</summary>
    internal static Tensor ApplyWithProducts(Tensor x, Tensor weight, Tensor? bias, long dilation) => apply(x, weight, bias!, dilation);

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
        var gradientX = x.requires_grad ? InputGradient.Of(gradient, weight, dilation) : null;
        var gradientWeight = weight.requires_grad ? KernelGradient.Of(gradient, x, weight.shape, dilation) : null;
        var gradientBias = (bool)ctx.get_data(BiasKey) ? gradient.sum([0, 1, 2]) : null;
        return [gradientX?.MoveToOuterDisposeScope()!, gradientWeight?.MoveToOuterDisposeScope()!, gradientBias?.MoveToOuterDisposeScope()!, null!];
    }
}
