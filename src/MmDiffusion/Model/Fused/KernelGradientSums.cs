using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>Adds the parts' sums in their order, and hands them on as a kernel lies in memory: rounded to bfloat16, or added to float32.</summary>
internal static unsafe class KernelGradientSums
{
    private const int Lanes = KernelGradientPlan.Lanes;

    /// <summary>All of a kernel.</summary>
    /// <param name="plan">How the sums lie.</param>
    /// <param name="sums">[blocks,parts,taps,channels,outputs]</param>
    /// <param name="biases">[output blocks,parts,outputs]</param>
    /// <param name="kernel">[out,C,taps]</param>
    /// <param name="bias">[out]</param>
    internal static void Write<T>(KernelGradientPlan plan, float* sums, float* biases, T* kernel, T* bias) where T : unmanaged
    {
        var (groups, numbers) = (Ceiling.Of(plan.Outputs, Lanes), plan.Channels * plan.Taps);
        var blocks = Ceiling.Of(numbers, Lanes);
        Threads.For(groups * blocks, (long)plan.Blocks * plan.Parts * plan.SumCount, work => WriteSquare(plan, sums, biases, work / blocks * Lanes, work % blocks * Lanes, kernel, bias));
    }

    /// <summary>The numbers of a kernel that one block has the sums of.</summary>
    /// <param name="plan">How the sums lie.</param>
    /// <param name="block">Which.</param>
    /// <param name="sums">[blocks,parts,taps,channels,outputs]</param>
    /// <param name="biases">[output blocks,parts,outputs]</param>
    /// <param name="kernel">[out,C,taps]</param>
    /// <param name="bias">[out]</param>
    internal static void WriteBlock<T>(KernelGradientPlan plan, int block, float* sums, float* biases, T* kernel, T* bias) where T : unmanaged
    {
        var (channel, output) = (block % plan.ChannelBlocks * plan.ChannelsAtOnce, block / plan.ChannelBlocks * plan.OutputsAtOnce);
        var (endChannel, endOutput) = (Math.Min(channel + plan.ChannelsAtOnce, plan.Channels), Math.Min(output + plan.OutputsAtOnce, plan.Outputs));
        for (; output < endOutput; output += Lanes)
            for (var first = channel * plan.Taps; first < endChannel * plan.Taps; first += Lanes) WriteSquare(plan, sums, biases, output, first, kernel, bias);
    }

    /// <summary>Up to sixteen numbers of up to sixteen outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteSquare<T>(KernelGradientPlan plan, float* sums, float* biases, int output, int first, T* kernel, T* bias) where T : unmanaged
    {
        var (numbers, perTap) = (plan.Channels * plan.Taps, plan.ChannelsAtOnce * plan.OutputsAtOnce);
        var (outputs, count) = (Math.Min(Lanes, plan.Outputs - output), Math.Min(Lanes, numbers - first));
        if (first == 0) Store(bias + output, outputs, Add(biases + plan.BiasIndex(output), plan.Parts, plan.OutputsAtOnce));
        var square = stackalloc Vector512<uint>[Lanes];
        var (channel, tap) = Math.DivRem(first, plan.Taps);
        var left = plan.ChannelsAtOnce - channel % plan.ChannelsAtOnce;
        var row = sums + plan.SumIndex(0, channel, output);
        for (var i = 0; i < count; i++)
        {
            square[i] = Add(row + (long)tap * perTap, plan.Parts, plan.SumCount).AsUInt32();
            if (++tap < plan.Taps) continue;
            (tap, channel, left) = (0, channel + 1, left - 1);
            row += plan.OutputsAtOnce;
            if (left > 0 || i + 1 == count) continue;
            left = plan.ChannelsAtOnce;
            row = sums + plan.SumIndex(0, channel, output);
        }
        for (var i = count; i < Lanes; i++) square[i] = Vector512<uint>.Zero;
        SquareTransposition.Apply(square);
        for (var o = 0; o < outputs; o++) Store(kernel + (long)(output + o) * numbers + first, count, square[o].AsSingle());
    }

    private static void Store<T>(T* to, int count, Vector512<float> values) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) AddTo((float*)to, count, values);
        else BFloat16Lanes.Store((ushort*)to, values, count);
    }

    private static void AddTo(float* to, int count, Vector512<float> values)
    {
        if (count == Lanes) (Vector512.Load(to) + values).Store(to);
        else for (var i = 0; i < count; i++) to[i] += values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float* from, int parts, int stride)
    {
        var sum = Vector512.Load(from);
        for (var part = 1; part < parts; part++) sum += Vector512.Load(from + (long)part * stride);
        return sum;
    }
}
