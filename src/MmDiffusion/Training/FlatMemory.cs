using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MmDiffusion.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>The values of a tensor as memory to work on in place.</summary>
internal static class FlatMemory
{
    /// <summary>Values that a thread works on at a time: a whole number of vectors.</summary>
    private const int PartLength = 1 << 16;

    /// <summary>Gives the memory where the tensor is float32, contiguous and on the CPU.</summary>
    internal static bool TryGet(Tensor tensor, out Span<float> values)
    {
        var can = tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();
        values = can ? Get(tensor) : default;
        return can;
    }

    /// <summary>The memory of a tensor for which <see cref="TryGet"/> is true.</summary>
    internal static unsafe Span<float> Get(Tensor tensor) => new(Memory.Of<float>(tensor), checked((int)tensor.numel()));

    /// <summary>Where it begins, for threads that each work on a part; valid while the tensor is.</summary>
    internal static unsafe float* Start(Span<float> values) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values));

    /// <summary>Goes through the places of so many values, on as many threads as pay.</summary>
    /// <param name="length">How many.</param>
    /// <param name="work">Given the first place of a part, and how many.</param>
    internal static void InParts(int length, Action<int, int> work) =>
        Threads.For((length + PartLength - 1) / PartLength, length, part => work(part * PartLength, Math.Min(PartLength, length - part * PartLength)));
}
