using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// <see cref="ChannelsLast.Convolve"/> with the fastest way back in bfloat16: the input's gradient is another convolution, with the kernel
/// mirrored, those of kernel and bias are <see cref="FusedKernelGradient"/>'s, or matrix products where blocks cannot be multiplied.
/// </summary>
internal sealed class DifferentiableConvolution : autograd.SingleTensorFunction<DifferentiableConvolution>
{
    private const string DilationKey = "dilation";
    private const string LayerKey = "layer";

    public override string Name => nameof(DifferentiableConvolution);

    /// <summary>As <see cref="ChannelsLast.Convolve"/>.</summary>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, long dilation, GradientSums? sums = null)
    {
        var layer = new SummedKernel(x, weight, bias, sums);
        return apply(x, layer.GraphWeight!, layer.GraphBias!, layer, dilation);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, layer, dilation) = ((Tensor)vars[0], (SummedKernel)vars[3], (long)vars[4]);
        ctx.save_for_backward([x, layer.Weight]);
        ctx.save_data(LayerKey, layer);
        ctx.save_data(DilationKey, dilation);
        return ChannelsLast.Compute(x, layer.Weight, layer.Bias, dilation);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var given = grad_output;
        var (saved, layer, dilation, gradient) = (ctx.get_saved_variables(), (SummedKernel)ctx.get_data(LayerKey), (long)ctx.get_data(DilationKey), grad_output.contiguous());
        var (x, weight) = (saved[0], saved[1]);
        var ofX = x.requires_grad ? ChannelsLast.ComputeInputGradient(gradient, weight, dilation) : null;
        var (ofWeight, ofBias) = layer.Gradients(gradient, x, weight, dilation);
        return Handover.Of(ofX, ofWeight, ofBias, null, null);
    }
}
