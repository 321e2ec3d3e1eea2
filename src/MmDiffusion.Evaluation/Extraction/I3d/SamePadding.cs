using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>TensorFlow's "same" padding: as many zeros as make the result ⌈size/stride⌉ long, an odd one at the end.</summary>
internal static class SamePadding
{
    /// <summary>Pads the last dimensions of <paramref name="x"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="size">Of the kernel in these dimensions.</param>
    /// <param name="stride">In these dimensions.</param>
    internal static Tensor Pad(Tensor x, ReadOnlySpan<long> size, ReadOnlySpan<long> stride)
    {
        var padding = new long[2 * size.Length];
        for (var i = 0; i < size.Length; i++)
        {
            var extent = x.shape[^(size.Length - i)];
            var missing = Math.Max(0, size[i] - (extent % stride[i] == 0 ? stride[i] : extent % stride[i]));
            // Padding names the last dimension first.
            (padding[^(2 * i + 2)], padding[^(2 * i + 1)]) = (missing / 2, missing - missing / 2);
        }
        return padding.All(count => count == 0) ? x.alias() : functional.pad(x, padding);
    }

    /// <summary>The maximum over windows; the input is not negative, so that zeros change nothing.</summary>
    internal static Tensor MaxPool(Tensor x, long[] size, long[] stride)
    {
        using var scope = NewDisposeScope();
        return functional.max_pool3d(Pad(x, size, stride), size, stride).MoveToOuterDisposeScope();
    }
}
