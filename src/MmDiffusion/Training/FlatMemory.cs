using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>The values of a tensor as memory to work on in place.</summary>
internal static class FlatMemory
{
    /// <summary>Gives the memory where the tensor is float32, contiguous and on the CPU.</summary>
    internal static bool TryGet(Tensor tensor, out Span<float> values)
    {
        var can = tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();
        values = can ? Get(tensor) : default;
        return can;
    }

    /// <summary>The memory of a tensor for which <see cref="TryGet"/> is true.</summary>
    internal static Span<float> Get(Tensor tensor)
    {
        // A leaf that requires gradients refuses to hand out its memory; its alias without does not.
        using var values = tensor.requires_grad ? tensor.detach() : tensor.alias();
        return MemoryMarshal.Cast<byte, float>(values.bytes);
    }
}
