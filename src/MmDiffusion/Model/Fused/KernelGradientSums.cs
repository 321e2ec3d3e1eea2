using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>Adds the parts' sums in their order, rounds them and writes them as a kernel lies in memory.</summary>
internal static unsafe class KernelGradientSums
{
    private const int Lanes = KernelGradientPlan.Lanes;

    /// <param name="plan">How the sums lie.</param>
    /// <param name="sums">[blocks,parts,taps,channels,outputs]</param>
    /// <param name="biases">[output blocks,parts,outputs]</param>
    /// <param name="kernel">[out,C,taps]</param>
    /// <param name="bias">[out]</param>
    internal static void Write(KernelGradientPlan plan, float* sums, float* biases, ushort* kernel, ushort* bias)
    {
        var (groups, numbers) = (KernelGradientPlan.Divide(plan.Outputs, Lanes), plan.Channels * plan.Taps);
        var blocks = KernelGradientPlan.Divide(numbers, Lanes);
        Threads.For(groups * blocks, (long)plan.Blocks * plan.Parts * plan.SumCount, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (work) =>
        {
            var (output, first) = (work / blocks * Lanes, work % blocks * Lanes);
            var (outputs, count) = (Math.Min(Lanes, plan.Outputs - output), Math.Min(Lanes, numbers - first));
            if (first == 0) Store(bias + output, outputs, Add(biases + plan.BiasIndex(output), plan.Parts, plan.OutputsAtOnce));
            var square = stackalloc Vector512<uint>[Lanes];
            for (var i = 0; i < count; i++)
                square[i] = Add(sums + plan.SumIndex((first + i) % plan.Taps, (first + i) / plan.Taps, output), plan.Parts, plan.SumCount).AsUInt32();
            for (var i = count; i < Lanes; i++) square[i] = Vector512<uint>.Zero;
            SquareTransposition.Apply(square);
            for (var o = 0; o < outputs; o++) Store(kernel + (long)(output + o) * numbers + first, count, square[o].AsSingle());
        });
    }

    private static void Store(ushort* to, int count, Vector512<float> values)
    {
        if (count == Lanes)
        {
            BFloat16Lanes.Store(to, values);
            return;
        }
        var rounded = stackalloc ushort[Lanes];
        BFloat16Lanes.Store(rounded, values);
        for (var i = 0; i < count; i++) to[i] = rounded[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float* from, int parts, int stride)
    {
        var sum = Vector512.Load(from);
        for (var part = 1; part < parts; part++) sum += Vector512.Load(from + (long)part * stride);
        return sum;
    }
}
