using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>The numbers of a contiguous tensor on the CPU.</summary>
internal static unsafe class Memory
{
    /// <summary>Where they begin; valid while the tensor is.</summary>
    internal static T* Of<T>(Tensor tensor) where T : unmanaged => TensorMemory.Address<T>(tensor);
}
