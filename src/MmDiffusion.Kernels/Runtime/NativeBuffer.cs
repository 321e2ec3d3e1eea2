using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>Scratch memory of a kernel, outside the managed heap. It begins at a cache line; what it holds is undefined.</summary>
internal sealed unsafe class NativeBuffer : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Bytes of a cache line, and of the widest vector.</summary>
    internal const int Alignment = 64;

    /// <param name="bytes">How large, above 0.</param>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    internal NativeBuffer(long bytes) : base(ownsHandle: true) => SetHandle((nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment));

    /// <summary>Where it begins; valid until it is disposed.</summary>
    internal byte* Address => (byte*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
