using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Adds bfloat16 numbers to float32 ones as they are read: libtorch would write all of them in float32 first.</summary>
internal static unsafe class WideningSum
{
    private const int Lanes = ILanes<float>.Count;

    /// <summary>sum += values</summary>
    /// <param name="sum">float32.</param>
    /// <param name="values">As many, float32 or bfloat16.</param>
    internal static void Add(Tensor sum, Tensor values)
    {
        if (values.dtype != ScalarType.BFloat16 || !IsFast(sum) || !IsFast(values) || sum.dtype != ScalarType.Float32)
        {
            sum.add_(values);
            return;
        }
        float* to = Memory.Of<float>(sum);
        ushort* from = Memory.Of<ushort>(values);
        var count = values.numel();
        Threads.For((int)((count + Threads.LeastWork - 1) / Threads.LeastWork), count, part =>
        {
            var first = (long)part * Threads.LeastWork;
            Add(to + first, from + first, (int)Math.Min(Threads.LeastWork, count - first));
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* to, ushort* from, int count)
    {
        var i = 0;
        for (; i + Lanes <= count; i += Lanes) (Vector512.Load(to + i) + BFloat16Lanes.Load(from + i)).Store(to + i);
        for (; i < count; i++) to[i] += BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
    }

    private static bool IsFast(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.is_contiguous();
}
