using System.ComponentModel;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Runtime;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>
/// Convolutions over features whose channels are last, [N,H,W,C]. libtorch convolves that layout as it lies in memory, and a convolution
/// along one dimension of a larger clip becomes one over rows or columns of the same memory: nothing is copied.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ChannelsLast
{
    /// <summary>The width that libtorch's convolutions of size 1 like best.</summary>
    private const long MixedAtOnce = 256;

    /// <summary>[N,H,W,C] → [N,H,W,out], sizes kept.</summary>
    /// <param name="x">Features.</param>
    /// <param name="weight">[out,C,kH,kW], odd extents.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="sums">Where gradients of weight and bias may be added; null for the graph.</param>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, long dilation = 1, GradientSums? sums = null)
    {
        OperationCounter.AddLayer(x, weight);
        return Choose(x, weight, bias, dilation, sums);
    }

    /// <summary>The fastest forward pass of this or <see cref="Mix"/>, without a backward pass.</summary>
    internal static Tensor Compute(Tensor x, Tensor weight, Tensor? bias, long dilation) =>
        FusedConvolution.Takes(x, weight) ? FusedConvolution.Forward(x, weight, bias, dilation)
        : IsMix(weight) ? MixDirectly(x, weight, bias)
        : ConvolveDirectly(x, weight, bias, dilation);

    /// <summary>The fastest backward pass to the input of a convolution or a <see cref="Mix"/>.</summary>
    internal static Tensor ComputeInputGradient(Tensor gradient, Tensor weight, long dilation)
    {
        using var scope = NewDisposeScope();
        var result = FusedConvolution.Takes(gradient, weight) ? FusedConvolution.Backward(gradient, weight, dilation)
            : IsMix(weight) ? MixDirectly(gradient, weight.transpose(0, 1).contiguous(), null)
            : ConvolveDirectly(gradient, weight.flip(2, 3).transpose(0, 1), null, dilation);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch, with its gradients.</summary>
    internal static Tensor ConvolveDirectly(Tensor x, Tensor weight, Tensor? bias, long dilation)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (weight.size(2), weight.size(3));
        var y = nn.functional.conv2d(
            x.permute(0, 3, 1, 2), weight, bias, padding: [rows / 2, columns / 2 * dilation], dilation: [1, dilation]);
        return y.permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>[…,C] → […,out]: a convolution of size 1.</summary>
    /// <param name="x">Features.</param>
    /// <param name="weight">[out,C] and extents of 1.</param>
    /// <param name="bias">[out]</param>
    /// <param name="sums">Where gradients of weight and bias may be added; null for the graph.</param>
    public static Tensor Mix(Tensor x, Tensor weight, Tensor bias, GradientSums? sums = null)
    {
        OperationCounter.AddLayer(x, weight);
        // As a convolution it is usually faster than as a matrix product, but in the backward pass only where that is our own.
        if (Differentiates(x, weight) && !FusedKernelGradient.Takes(x, x)) return MixAsProduct(x, weight, bias);
        return Choose(x, weight, bias, 1, sums);
    }

    /// <summary>The same by libtorch, as a convolution where that is safe.</summary>
    internal static Tensor MixDirectly(Tensor x, Tensor weight, Tensor? bias)
    {
        if (ProcessorFeatures.HidesCaches) return MixAsProduct(x, weight, bias);
        using var scope = NewDisposeScope();
        var positions = x.numel() / x.size(-1);
        var rows = x.reshape(1, -1, positions % MixedAtOnce == 0 ? MixedAtOnce : 1, x.size(-1));
        return ConvolveDirectly(rows, weight.view(weight.size(0), -1, 1, 1), bias, 1)
            .view([.. x.shape[..^1], -1])
            .MoveToOuterDisposeScope();
    }

    private static Tensor MixAsProduct(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        // Of rows the product and the bias are one operation.
        var mixed = nn.functional.linear(x.reshape(-1, x.size(-1)), weight.flatten(1), bias);
        return mixed.view([.. x.shape[..^1], -1]).MoveToOuterDisposeScope();
    }

    // libtorch's own backward pass is slow in bfloat16.
    private static Tensor Choose(Tensor x, Tensor weight, Tensor? bias, long dilation, GradientSums? sums) =>
        x.dtype == ScalarType.BFloat16 && Differentiates(x, weight)
            ? DifferentiableConvolution.Apply(x, weight, bias, dilation, sums)
            : Compute(x, weight, bias, dilation);

    private static bool IsMix(Tensor weight) => weight.numel() == weight.size(0) * weight.size(1);

    private static bool Differentiates(Tensor x, Tensor weight) => is_grad_enabled() && (x.requires_grad || weight.requires_grad);
}

/// <summary>
/// <see cref="ChannelsLast.Convolve"/> with the fastest backward pass in bfloat16: the input's gradient is another convolution, with the
/// kernel mirrored, those of kernel and bias are <see cref="FusedKernelGradient"/>'s, or matrix products where blocks cannot be multiplied.
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
        var (layer, dilation) = ((SummedKernel)ctx.get_data(LayerKey), (long)ctx.get_data(DilationKey));
        var (saved, gradient) = (ctx.get_saved_variables(), grad_output.contiguous());
        var (x, weight) = (saved[0], saved[1]);
        var ofX = x.requires_grad ? ChannelsLast.ComputeInputGradient(gradient, weight, dilation) : null;
        var (ofWeight, ofBias) = layer.Gradients(gradient, x, weight, dilation);
        return GradientRelease.Of(ofX, ofWeight, ofBias, null, null);
    }
}
