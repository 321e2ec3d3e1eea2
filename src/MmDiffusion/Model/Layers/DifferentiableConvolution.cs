using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// <see cref="ChannelsLast.Convolve"/> with the fastest way back in bfloat16: the input's gradient is another convolution, with the kernel
/// mirrored, those of kernel and bias are <see cref="FusedKernelGradient"/>'s, or matrix products where blocks cannot be multiplied.
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
        var (x, weight, hasBias) = (saved[0], saved[1], (bool)ctx.get_data(BiasKey));
        var ofX = x.requires_grad ? ChannelsLast.ConvolveDirectly(gradient, weight.flip(2, 3).transpose(0, 1), null, dilation) : null;
        var (ofWeight, ofBias) = weight.requires_grad || hasBias ? KernelGradient.WithBias(gradient, x, weight.shape, dilation) : (null, null);
        return [ofX?.MoveToOuterDisposeScope()!, weight.requires_grad ? ofWeight?.MoveToOuterDisposeScope()! : null!, hasBias ? ofBias?.MoveToOuterDisposeScope()! : null!, null!];
    }
}
