using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>Where the elements of contiguous CPU tensors lie, whatever their size: a span, as TorchSharp gives it, ends at 2 GiB.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>Number of bytes of a tensor's elements.</summary>
    internal static long Length(Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>The first element; valid while the tensor is.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous, or not on the CPU.</exception>
    internal static T* Address<T>(Tensor tensor) where T : unmanaged
    {
        if (!tensor.is_contiguous() || tensor.device_type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"the tensor is on {tensor.device_type} or not contiguous, expected a contiguous one on the CPU", nameof(tensor));
        if (tensor.numel() == 0) return null;
        using var noScope = NewDisposeScope();
        // A leaf that requires gradients does not give its memory away, and no tensor over 2 GiB does: an alias of its first element does both.
        var first = tensor.requires_grad ? tensor.detach() : tensor;
        if (Length(tensor) > int.MaxValue) first = first.as_strided([1], [1]);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
