using System.ComponentModel;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>
/// Where a layer adds the gradients of its parameters in the backward pass, in float32, instead of handing them to libtorch's graph: in
/// bfloat16 they would be rounded, kept, and then read again to be summed.
/// </summary>
/// <param name="Weight">float32, shaped as the weight.</param>
/// <param name="Bias">float32, shaped as the bias.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record GradientSums(Tensor Weight, Tensor Bias)
{
    /// <summary>The sums where a layer can use them: libtorch comes back to a layer only for gradients that it takes itself.</summary>
    /// <param name="sums">Where the layer's gradients would be added.</param>
    /// <param name="x">The layer's input.</param>
    internal static GradientSums? For(GradientSums? sums, Tensor x) => x.requires_grad ? sums : null;
}

/// <summary>Weight and bias of a convolution in the forward and backward pass, and where their gradients go.</summary>
internal sealed class SummedKernel
{
    private readonly GradientSums? _sums;
    private readonly bool _differentiatesWeight;
    private readonly bool _differentiatesBias;

    /// <param name="x">The input.</param>
    /// <param name="weight">[out,C,…]</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="sums">Where gradients are added; null for the graph.</param>
    internal SummedKernel(Tensor x, Tensor weight, Tensor? bias, GradientSums? sums)
    {
        _sums = GradientSums.For(sums, x);
        (Weight, Bias) = (weight, bias);
        (_differentiatesWeight, _differentiatesBias) = (weight.requires_grad, bias is { requires_grad: true });
    }

    /// <summary>The weight; in the backward pass the layer's context has it.</summary>
    internal Tensor Weight { get; }

    /// <summary>The bias; not for the backward pass.</summary>
    internal Tensor? Bias { get; }

    /// <summary>The weight, where the graph takes its gradient.</summary>
    internal Tensor? GraphWeight => _sums is null ? Weight : null;

    /// <summary>The bias, where the graph takes its gradient.</summary>
    internal Tensor? GraphBias => _sums is null ? Bias : null;

    /// <summary>The gradients that the graph takes; others are added to their sums.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out], contiguous.</param>
    /// <param name="x">The input, [N,H,W,C]. Where the kernel's size is 1, both may have any dimensions before the channels.</param>
    /// <param name="weight">The weight, [out,C,kH,kW], or with extents of 1.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal (Tensor? Weight, Tensor? Bias) Gradients(Tensor gradient, Tensor x, Tensor weight, long dilation)
    {
        if (!_differentiatesWeight && !_differentiatesBias) return (null, null);
        var shape = weight.shape;
        long[] kernel = shape.Length == 4 ? shape : [shape[0], shape[1], 1, 1];
        // What is mixed has any dimensions.
        if (shape[2..].All(extent => extent == 1))
            (gradient, x) = (gradient.view(1, 1, -1, shape[0]), x.contiguous().view(1, 1, -1, shape[1]));
        if (_sums is not null)
        {
            KernelGradient.Add(gradient, x, kernel, dilation, _sums);
            return (null, null);
        }
        var (ofWeight, ofBias) = KernelGradient.WithBias(gradient, x, kernel, dilation);
        return (_differentiatesWeight ? ofWeight.view(shape) : null, _differentiatesBias ? ofBias : null);
    }
}
