using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels;

/// <summary>Where the elements of contiguous CPU tensors lie, whatever their size: a span, as TorchSharp gives it, ends at 2 GiB.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class TensorMemory
{
    /// <summary>
    /// Bytes of a part, see <see cref="InParts"/>: a multiple of every element's size, and of what collectives send at once.
    /// </summary>
    internal const int Part = 1 << 30;

    /// <summary>Given a part of a tensor's bytes.</summary>
    public delegate void PartAction(Span<byte> bytes);

    /// <summary>Number of bytes of a tensor's elements.</summary>
    public static long Length(Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>The first element; valid while the tensor is.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, or not on the CPU.</exception>
    public static T* Address<T>(Tensor tensor) where T : unmanaged
    {
        if (tensor.numel() == 0) return null;
        // A leaf that requires gradients refuses to hand out its memory; its alias without does not.
        using var values = tensor.requires_grad ? tensor.detach() : null;
        if (Length(tensor) <= int.MaxValue) return (T*)First(values ?? tensor);
        if (!tensor.is_contiguous()) throw new InvalidOperationException("the memory of a tensor that is not contiguous");
        using var flat = (values ?? tensor).view(-1);
        using var first = flat.narrow(0, 0, 1);
        return (T*)First(first);
    }

    /// <summary>Goes through a tensor's bytes in order, in parts of <see cref="Part"/> and one of what is left.</summary>
    public static void InParts(Tensor tensor, PartAction action)
    {
        var first = Address<byte>(tensor);
        for (long at = 0, length = Length(tensor); at < length; at += Part)
            action(new Span<byte>(first + at, (int)Math.Min(Part, length - at)));
    }

    /// <summary>Copies a tensor's elements to an array.</summary>
    public static T[] ToArray<T>(Tensor tensor) where T : unmanaged
    {
        var values = new T[tensor.numel()];
        fixed (T* target = values) Buffer.MemoryCopy(Address<T>(tensor), target, Length(tensor), Length(tensor));
        return values;
    }

    private static void* First(Tensor tensor) => Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
