using MmDiffusion.Kernels.Fused;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>
/// The gradient of a convolution's kernel, for which libtorch takes longer in bfloat16: <see cref="FusedKernelGradient"/>, or matrix
/// products of what that does not take.
/// </summary>
internal static class KernelGradient
{
    /// <summary>From here on, padded outputs would be too much more than the outputs: pictures of 8×8 under a kernel of 3×3.</summary>
    private const double MuchPadding = 1.5;

    /// <summary>Gives the gradients of kernel and bias.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out], contiguous.</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="weight">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static (Tensor Kernel, Tensor Bias) WithBias(Tensor gradient, Tensor x, long[] weight, long dilation) =>
        FusedKernelGradient.Takes(gradient, x)
            ? FusedKernelGradient.Of(gradient, x, weight, dilation)
            : (Of(gradient, x, weight, dilation), gradient.sum([0, 1, 2]));

    /// <summary>The same, added to sums.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out], contiguous.</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="weight">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="sums">Of as many elements.</param>
    internal static void Add(Tensor gradient, Tensor x, long[] weight, long dilation, GradientSums sums)
    {
        if (FusedKernelGradient.Takes(gradient, x))
        {
            FusedKernelGradient.Add(gradient, x, weight, dilation, sums);
            return;
        }
        using var scope = NewDisposeScope();
        var (ofKernel, ofBias) = WithBias(gradient, x, weight, dilation);
        sums.Weight.AddInPlace(ofKernel.view_as(sums.Weight));
        sums.Bias.AddInPlace(ofBias);
    }

    /// <summary>Gives the kernel's gradient as matrix products, the way that goes through less memory.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out], contiguous.</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="weight">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static Tensor Of(Tensor gradient, Tensor x, long[] weight, long dilation)
    {
        long height = x.size(1), width = x.size(2), padded = (height + weight[2] - 1) * (width + (weight[3] - 1) * dilation);
        return height > 1 && padded >= MuchPadding * height * width
            ? ByPatches(gradient, x, weight, dilation)
            : ByOffset(gradient, x, weight, dilation);
    }

    /// <summary>A product for each tap: in memory padded to one width, a tap is an offset of rows.</summary>
    internal static Tensor ByOffset(Tensor gradient, Tensor x, long[] weight, long dilation)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (weight[2], weight[3]);
        var (above, beside) = (rows / 2, columns / 2 * dilation);
        // Output (h, w) sees input (h + i, w + j·dilation) of the padded memory, i·width + j·dilation rows of C elements further on.
        var inputs = nn.functional.pad(x, [0, 0, beside, beside, above, above]).flatten(0, 2);
        var outputs = nn.functional.pad(gradient, [0, 0, 0, 2 * beside, 0, 2 * above]).flatten(0, 2);
        var (width, all) = (x.size(2) + 2 * beside, inputs.size(0));
        var taps = new List<Tensor>();
        for (var i = 0L; i < rows; i++)
            for (var j = 0L; j < columns; j++)
            {
                var offset = i * width + j * dilation;
                taps.Add(outputs.narrow(0, 0, all - offset).t().mm(inputs.narrow(0, offset, all - offset))); // [out,C]
            }
        return stack(taps, dim: 2).view(weight).MoveToOuterDisposeScope(); // [out,C,kH*kW] → [out,C,kH,kW]
    }

    /// <summary>One product for all taps: what the kernel sees at each position is copied side by side.</summary>
    internal static Tensor ByPatches(Tensor gradient, Tensor x, long[] weight, long dilation)
    {
        using var scope = NewDisposeScope();
        var (rows, columns, height, width) = (weight[2], weight[3], x.size(1), x.size(2));
        var (above, beside) = (rows / 2, columns / 2 * dilation);
        var padded = nn.functional.pad(x, [0, 0, beside, beside, above, above]);
        var seen = new List<Tensor>();
        for (var i = 0L; i < rows; i++)
            for (var j = 0L; j < columns; j++) seen.Add(padded.narrow(1, i, height).narrow(2, j * dilation, width));
        var patches = cat(seen, dim: 3).flatten(0, 2); // [N*H*W,kH*kW*C]
        var product = gradient.flatten(0, 2).t().mm(patches); // [out,kH*kW*C]
        return product.view(weight[0], rows, columns, weight[1]).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
