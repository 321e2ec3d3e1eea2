using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The bytes of contiguous CPU tensors, whatever their size.</summary>
internal static unsafe class TensorBytes
{
    private const int Block = 1 << 30;

    /// <summary>Number of bytes.</summary>
    internal static long Length(Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>Fills a tensor from a stream.</summary>
    /// <exception cref="EndOfStreamException">The stream is too short.</exception>
    internal static void Fill(Tensor tensor, Stream source)
    {
        var address = (byte*)Address(tensor);
        var length = Length(tensor);
        for (long at = 0; at < length; at += Block) source.ReadExactly(new Span<byte>(address + at, (int)Math.Min(Block, length - at)));
    }

    /// <summary>Writes a tensor's bytes to a stream.</summary>
    internal static void Write(Tensor tensor, Stream target)
    {
        var address = (byte*)Address(tensor);
        var length = Length(tensor);
        for (long at = 0; at < length; at += Block) target.Write(new ReadOnlySpan<byte>(address + at, (int)Math.Min(Block, length - at)));
    }

    private static void* Address(Tensor tensor)
    {
        fixed (byte* first = &MemoryMarshal.GetReference(tensor.bytes)) return first;
    }
}
