using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The numbers of a contiguous tensor on the CPU.</summary>
internal static unsafe class Memory
{
    /// <summary>Where they begin; valid while the tensor is.</summary>
    internal static T* Of<T>(Tensor tensor) where T : unmanaged
    {
        // A leaf that requires gradients refuses to hand out its memory; its alias without does not.
        using var values = tensor.requires_grad ? tensor.detach() : null;
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference((values ?? tensor).bytes));
    }
}
