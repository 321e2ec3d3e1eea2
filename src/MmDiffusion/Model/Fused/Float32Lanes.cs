using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>float32 in memory.</summary>
internal readonly struct Float32Lanes : ILanes<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(float* to, Vector512<float> values) => values.Store(to);
}
