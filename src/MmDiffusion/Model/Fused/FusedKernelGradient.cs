using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// The gradients of a convolution's kernel and bias in bfloat16, summed over places in float32 and rounded once. Inputs and gradients of outputs
/// are packed into a core's cache a tile at a time, and multiplied there for all taps.
/// </summary>
internal static unsafe class FusedKernelGradient
{
    private const int Alignment = 64;

    /// <summary>Whether <see cref="Of"/> takes these.</summary>
    internal static bool Takes(Tensor gradient, Tensor x) =>
        BlockProducts.HasBFloat16 && x.device_type == DeviceType.CPU && x.dtype == ScalarType.BFloat16 && gradient.dtype == ScalarType.BFloat16
        && x.numel() > 0 && gradient.numel() > 0;

    /// <summary>Gives the gradients of kernel, [out,C,kH,kW], and bias, [out].</summary>
    /// <param name="gradient">Of the output, [N,H,W,out].</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="kernel">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static (Tensor Kernel, Tensor Bias) Of(Tensor gradient, Tensor x, long[] kernel, long dilation)
    {
        using var scope = NewDisposeScope();
        var (ofKernel, ofBias) = (empty(kernel, dtype: ScalarType.BFloat16), empty(kernel[0], dtype: ScalarType.BFloat16));
        Run(gradient, x, kernel, dilation, Memory.Of<ushort>(ofKernel), Memory.Of<ushort>(ofBias));
        return (ofKernel.MoveToOuterDisposeScope(), ofBias.MoveToOuterDisposeScope());
    }

    /// <summary>The same, added to sums without rounding.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out].</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="kernel">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="sums">Of as many numbers.</param>
    internal static void Add(Tensor gradient, Tensor x, long[] kernel, long dilation, GradientSums sums) =>
        Run(gradient, x, kernel, dilation, Memory.Of<float>(sums.Weight), Memory.Of<float>(sums.Bias));

    private static void Run<T>(Tensor gradient, Tensor x, long[] kernel, long dilation, T* ofKernel, T* ofBias) where T : unmanaged
    {
        using var scope = NewDisposeScope();
        var (outputs, inputs) = (gradient.contiguous(), x.contiguous());
        var plan = new KernelGradientPlan(x.shape, kernel, (int)dilation);
        var (sumCount, biasCount) = ((long)plan.Blocks * plan.Parts * plan.SumCount, plan.OutputBlocks * plan.Parts * plan.OutputsAtOnce);
        var sums = (float*)NativeMemory.AlignedAlloc((nuint)((sumCount + biasCount) * sizeof(float)), Alignment);
        try
        {
            var biases = sums + sumCount;
            new Span<float>(biases, biasCount).Clear();
            Multiply(plan, Memory.Of<ushort>(inputs), Memory.Of<ushort>(outputs), sums, biases, ofKernel, ofBias);
            if (plan.Parts > 1) KernelGradientSums.Write(plan, sums, biases, ofKernel, ofBias);
        }
        finally
        {
            NativeMemory.AlignedFree(sums);
        }
    }

    private static void Multiply<T>(KernelGradientPlan plan, ushort* x, ushort* gradient, float* sums, float* biases, T* ofKernel, T* ofBias) where T : unmanaged
    {
        var products = (long)plan.Tiles.Places * plan.Channels * plan.Outputs;
        Threads.For(plan.Blocks * plan.Parts, products, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (work) =>
        {
            var (block, part) = (work / plan.Parts, work % plan.Parts);
            var (channel, output) = (block % plan.ChannelBlocks * plan.ChannelsAtOnce, block / plan.ChannelBlocks * plan.OutputsAtOnce);
            var bias = channel == 0 ? biases + plan.BiasIndex(output) + part * plan.OutputsAtOnce : null;
            using var room = new KernelGradientRoom(plan);
            new KernelGradientBlock(plan, room, x, gradient, channel, output).Sum(part, sums + (long)work * plan.SumCount, bias);
            BlockProducts.Release();
            // What has no other parts to be added to is done while it is in the cache.
            if (plan.Parts == 1) KernelGradientSums.WriteBlock(plan, block, sums, biases, ofKernel, ofBias);
        });
    }
}
