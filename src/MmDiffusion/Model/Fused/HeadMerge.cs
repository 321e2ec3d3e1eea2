using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Sets the heads of attention side by side again and multiplies by the factors of <see cref="FusedSoftmax"/>, in one pass.</summary>
internal static unsafe class HeadMerge
{
    private const int Lanes = ILanes<ushort>.Count;

    /// <summary>[N*heads,T,D] → [N,T,heads*D]</summary>
    /// <param name="sums">Exponentials times values, [N*heads,T,D].</param>
    /// <param name="factors">What each row is multiplied by, float32 [N*heads,T].</param>
    /// <param name="target">Written to: [N,T,heads*D], contiguous, in the format of the sums.</param>
    internal static void Write(Tensor sums, Tensor factors, Tensor target)
    {
        if (!IsFast(sums, target))
        {
            WriteAsTensors(sums, factors, target);
            return;
        }
        var (rows, tokens, width) = ((int)(sums.shape[0] * sums.shape[1]), (int)sums.shape[1], (int)sums.shape[2]);
        var heads = (int)(target.shape[2] / width);
        ushort* source = Memory.Of<ushort>(sums), result = Memory.Of<ushort>(target);
        var factor = Memory.Of<float>(factors);
        var atOnce = Math.Clamp(Threads.LeastWork / width, 1, rows);
        Threads.For((rows + atOnce - 1) / atOnce, sums.numel(), piece =>
        {
            var end = Math.Min(rows, (piece + 1) * atOnce);
            for (var i = piece * atOnce; i < end; i++)
            {
                var (sequence, head, token) = (i / tokens / heads, i / tokens % heads, i % tokens);
                ushort* from = source + (long)i * width, to = result + (((long)sequence * tokens + token) * heads + head) * width;
                var times = Vector512.Create(factor[i]);
                for (var c = 0; c < width; c += Lanes) BFloat16Lanes.Store(to + c, BFloat16Lanes.Load(from + c) * times);
            }
        });
    }

    /// <summary>The same by libtorch's operations, for other devices, formats and widths.</summary>
    internal static void WriteAsTensors(Tensor sums, Tensor factors, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (sequences, tokens, width) = (target.shape[0], target.shape[1], sums.shape[2]);
        var scaled = (sums * factors.unsqueeze(2)).view(sequences, -1, tokens, width); // [N*heads,T,D] → [N,heads,T,D]
        target.copy_(scaled.transpose(1, 2).flatten(2));
    }

    private static bool IsFast(Tensor sums, Tensor target) =>
        sums.device_type == DeviceType.CPU && sums.dtype == ScalarType.BFloat16 && sums.shape[2] % Lanes == 0 && sums.numel() > 0 && sums.is_contiguous() && target.is_contiguous();
}
