using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The bytes of contiguous CPU tensors, whatever their size, from and to files.</summary>
internal static class TensorBytes
{
    /// <summary>Number of bytes.</summary>
    internal static long Length(Tensor tensor) => TensorMemory.Length(tensor);

    /// <summary>Fills a tensor from a stream.</summary>
    /// <exception cref="EndOfStreamException">The stream is too short.</exception>
    internal static void Fill(Tensor tensor, Stream source) => TensorMemory.InParts(tensor, source.ReadExactly);

    /// <summary>Writes a tensor's bytes to a stream.</summary>
    internal static void Write(Tensor tensor, Stream target) => TensorMemory.InParts(tensor, bytes => target.Write(bytes));
}
