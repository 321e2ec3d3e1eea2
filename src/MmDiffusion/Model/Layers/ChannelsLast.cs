using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Convolutions over features whose channels are last, [N,H,W,C]. libtorch convolves that layout as it lies in memory, and a convolution
/// along one dimension of a larger clip becomes one over rows or columns of the same memory: nothing is copied.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>The width that libtorch's convolutions of size 1 like best.</summary>
    private const long MixedAtOnce = 256;

    /// <summary>Places from which on a convolution of size 1 has the faster way back in bfloat16, not only the faster way forward.</summary>
    private const long ManyPlaces = 1 << 15;

    /// <summary>[N,H,W,C] → [N,H,W,out], sizes kept.</summary>
    /// <param name="x">Features.</param>
    /// <param name="weight">[out,C,kH,kW], odd extents.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, long dilation = 1)
    {
        OperationCounter.AddLayer(x, weight);
        return Choose(x, weight, bias, dilation);
    }

    /// <summary>The same by libtorch, with its gradients.</summary>
    internal static Tensor ConvolveDirectly(Tensor x, Tensor weight, Tensor? bias, long dilation)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (weight.shape[2], weight.shape[3]);
        var y = nn.functional.conv2d(x.permute(0, 3, 1, 2), weight, bias, padding: [rows / 2, columns / 2 * dilation], dilation: [1, dilation]);
        return y.permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>[…,C] → […,out]: a convolution of size 1.</summary>
    /// <param name="x">Features.</param>
    /// <param name="weight">[out,C] and extents of 1.</param>
    /// <param name="bias">[out]</param>
    internal static Tensor Mix(Tensor x, Tensor weight, Tensor bias)
    {
        OperationCounter.AddLayer(x, weight);
        using var scope = NewDisposeScope();
        var places = x.numel() / x.shape[^1];
        // As a convolution it is faster than as a matrix product, but not on most ways back.
        if (Differentiates(x, weight) && !(places >= ManyPlaces && x.dtype == ScalarType.BFloat16 && BlockProducts.HasBFloat16))
        {
            // Of rows the product and the bias are one operation.
            var mixed = nn.functional.linear(x.reshape(-1, x.shape[^1]), weight.flatten(1), bias);
            return mixed.view([.. x.shape[..^1], -1]).MoveToOuterDisposeScope();
        }
        var rows = x.reshape(1, -1, places % MixedAtOnce == 0 ? MixedAtOnce : 1, x.shape[^1]);
        return Choose(rows, weight.view(weight.shape[0], -1, 1, 1), bias, 1).view([.. x.shape[..^1], -1]).MoveToOuterDisposeScope();
    }

    // libtorch's own way back is slow in bfloat16.
    private static Tensor Choose(Tensor x, Tensor weight, Tensor? bias, long dilation) =>
        x.dtype == ScalarType.BFloat16 && Differentiates(x, weight) ? DifferentiableConvolution.Apply(x, weight, bias, dilation) : ConvolveDirectly(x, weight, bias, dilation);

    private static bool Differentiates(Tensor x, Tensor weight) => is_grad_enabled() && (x.requires_grad || weight.requires_grad);
}
