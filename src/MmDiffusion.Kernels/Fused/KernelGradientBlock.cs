using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Fused;

/// <summary>Some channels of the inputs times some outputs' gradients.</summary>
/// <param name="plan">How much is taken at a time.</param>
/// <param name="buffers">Where it is packed.</param>
/// <param name="x">The inputs, [N,H,W,C].</param>
/// <param name="gradient">The outputs' gradients, [N,H,W,out].</param>
/// <param name="channel">The first channel.</param>
/// <param name="output">The first output.</param>
internal readonly unsafe struct KernelGradientBlock(
    KernelGradientPlan plan,
    KernelGradientBuffers buffers,
    ushort* x,
    ushort* gradient,
    int channel,
    int output)
{
    private readonly KernelGradientTiles _tiles = plan.Tiles;
    private readonly int _channels = Math.Min(plan.ChannelsAtOnce, plan.Channels - channel);
    private readonly int _outputs = Math.Min(plan.OutputsAtOnce, plan.Outputs - output);

    /// <summary>Sums over the positions of one part.</summary>
    /// <param name="part">Which.</param>
    /// <param name="sums">[taps,channels,outputs]</param>
    /// <param name="biases">What the outputs' sums are added to, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Sum(int part, float* sums, float* biases)
    {
        var (begin, end) = ((int)((long)_tiles.Count * part / plan.Parts), (int)((long)_tiles.Count * (part + 1) / plan.Parts));
        var copies = _tiles.SeparateTaps ? plan.Taps : 1;
        List(begin, 0);
        for (var tile = begin; tile < end; tile++)
            for (var copy = 0; copy < copies; copy++)
            {
                if (copy == 0) KernelGradientPacking.PackOutputs(buffers, _tiles.Inner, output, _outputs, biases);
                KernelGradientPacking.PackInputs(buffers, channel, _channels);
                // What is next is on its way to the cache while this is multiplied.
                if (copy + 1 < copies) List(tile, copy + 1);
                else if (tile + 1 < end) List(tile + 1, 0);
                for (var tap = copy; tap < (_tiles.SeparateTaps ? copy + 1 : plan.Taps); tap++)
                    Multiply(tap, sums, accumulate: tile > begin);
            }
    }

    private void List(int tile, int copy)
    {
        _tiles.ListInputs(tile, copy, x, plan.Channels, buffers.Nothing, buffers.InputPositions);
        if (copy > 0) return;
        _tiles.ListOutputs(tile, gradient, plan.Outputs, buffers.Nothing, buffers.OutputPositions);
        KernelGradientPacking.Fetch(buffers.OutputPositions, _tiles.Inner, output, _outputs);
        KernelGradientPacking.Fetch(buffers.InputPositions, _tiles.Copied, channel, _channels);
    }

    private void Multiply(int tap, float* sums, bool accumulate)
    {
        var columns = KernelGradientPlan.Pad(_outputs);
        BlockProducts.Multiply(
            _channels, columns, _tiles.Inner, buffers.Inputs + _tiles.Offset(tap), buffers.InputStride, buffers.Outputs, columns,
            sums + (long)tap * plan.ChannelsAtOnce * plan.OutputsAtOnce, plan.OutputsAtOnce, accumulate);
    }
}

/// <summary>Inputs and gradients of outputs in the order in which <see cref="Runtime.BlockProducts"/> reads them.</summary>
internal static unsafe class KernelGradientPacking
{
    private const int Lanes = KernelGradientPlan.Lanes;

    /// <summary>Some channels of all listed positions, which become rows of positions; channels that there are not are zero.</summary>
    /// <param name="buffers">Where they are listed and put.</param>
    /// <param name="first">The first channel.</param>
    /// <param name="count">Channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackInputs(KernelGradientBuffers buffers, int first, int count)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var position = 0; position < buffers.CopiedSpace; position += 2 * Lanes)
            for (var c = 0; c < count; c += Lanes)
            {
                var positions = buffers.InputPositions + position;
                for (var i = 0; i < Lanes; i++) block[i] = Pair(positions[2 * i] + first + c, positions[2 * i + 1] + first + c, count - c);
                SquareTransposition.Apply(block);
                for (var i = 0; i < Lanes; i++) block[i].Store((uint*)(buffers.Inputs + (long)(c + i) * buffers.InputStride + position));
            }
    }

    /// <summary>Some outputs of all listed positions, in pairs of positions; outputs that there are not are zero.</summary>
    /// <param name="buffers">Where they are listed and put.</param>
    /// <param name="positions">How many positions.</param>
    /// <param name="first">The first output.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="sums">What each output's sum is added to, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackOutputs(KernelGradientBuffers buffers, int positions, int first, int count, float* sums)
    {
        var space = KernelGradientPlan.Pad(count);
        for (var c = 0; c < count; c += Lanes)
        {
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var to = (uint*)buffers.Outputs + c;
            for (var position = 0; position < positions; position += 2, to += space)
            {
                var pair = Pair(
                    buffers.OutputPositions[position] + first + c,
                    buffers.OutputPositions[position + 1] + first + c,
                    count - c);
                pair.Store(to);
                even += (pair << 16).AsSingle();
                odd += (pair & Vector512.Create(0xffff0000u)).AsSingle();
            }
            if (sums != null) (Vector512.Load(sums + c) + (even + odd)).Store(sums + c);
        }
    }

    /// <summary>Has the processor fetch what will be packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fetch(ushort** positions, int positionCount, int first, int count)
    {
        for (var i = 0; i < positionCount; i++)
            for (var c = 0; c < count; c += 2 * Lanes) Sse.Prefetch1(positions[i] + first + c);
    }

    /// <summary>Sixteen pairs; from the count on they are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(ushort* one, ushort* two, int count) => RowPairs.Of(Load(one, count), Load(two, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Load(ushort* from, int count)
    {
        if (count >= Lanes) return Vector256.Load(from);
        var exists = Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));
        return Avx512BW.VL.MaskLoad(from, exists, Vector256<ushort>.Zero);
    }
}

/// <summary>The memory in which one core multiplies inputs and gradients of a tile, made to stay in its cache.</summary>
internal sealed unsafe class KernelGradientBuffers : IDisposable
{
    private const int Line = NativeBuffer.Alignment / sizeof(ushort);

    private readonly NativeBuffer _memory;

    internal KernelGradientBuffers(KernelGradientPlan plan)
    {
        var tiles = plan.Tiles;
        var lines = (tiles.Copied + Line - 1) / Line;
        (CopiedSpace, InputStride) = (lines * Line, (lines | 1) * Line);
        var widest = KernelGradientPlan.Pad(Math.Max(plan.Channels, plan.Outputs));
        var (inputs, outputs) = ((long)plan.ChannelsAtOnce * InputStride, (long)tiles.Inner * plan.OutputsAtOnce);
        _memory = new NativeBuffer((inputs + outputs + widest) * sizeof(ushort) + (CopiedSpace + tiles.Inner) * sizeof(ushort*));
        Inputs = (ushort*)_memory.Address;
        Outputs = Inputs + inputs;
        Nothing = Outputs + outputs;
        InputPositions = (ushort**)(Nothing + widest);
        OutputPositions = InputPositions + CopiedSpace;
        new Span<ushort>(Nothing, widest).Clear();
        for (var i = tiles.Copied; i < CopiedSpace; i++) InputPositions[i] = Nothing;
    }

    /// <summary>Inputs, a row of positions for each channel.</summary>
    internal ushort* Inputs { get; }

    /// <summary>
    /// From one row to the next: an odd number of cache lines, so that they do not crowd into a few positions of the cache.
    /// </summary>
    internal int InputStride { get; }

    /// <summary>Positions up to the next whole cache line.</summary>
    internal int CopiedSpace { get; }

    /// <summary>Gradients of the outputs, pairs of positions: for each output a number of the first and one of the second.</summary>
    internal ushort* Outputs { get; }

    /// <summary>What padding is: a position of zeros.</summary>
    internal ushort* Nothing { get; }

    /// <summary>Where each position of the inputs lies.</summary>
    internal ushort** InputPositions { get; }

    /// <summary>Where each position of the outputs lies.</summary>
    internal ushort** OutputPositions { get; }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}

/// <summary>Some rows of a head, from one on: behind the last of all comes the first.</summary>
/// <typeparam name="T">How elements are stored.</typeparam>
/// <param name="head">The first row of all.</param>
/// <param name="stride">Numbers from one row to the next.</param>
/// <param name="first">Which row is the first of these.</param>
/// <param name="count">How many these are.</param>
/// <param name="all">How many all are.</param>
internal readonly unsafe struct RowRing<T>(T* head, long stride, int first, int count, int all) where T : unmanaged
{
    /// <summary>How many rows these are.</summary>
    internal int Count => count;

    /// <summary>Numbers from one row to the next.</summary>
    internal long Stride => stride;

    /// <summary>How many of them lie one behind the other from the first on; the others do so from the first of all on.</summary>
    internal int Straight => Math.Min(count, all - first);

    /// <summary>Which row of all one of these is.</summary>
    internal int Place(int row) => first + row < all ? first + row : first + row - all;

    /// <summary>Where one of them begins.</summary>
    internal T* this[int row] => head + Place(row) * stride;
}

/// <summary>
/// Two rows of bfloat16 as <see cref="Runtime.BlockProducts"/> reads them: of each column a number of the first, and in the upper half one
/// of the second.
/// </summary>
internal static class RowPairs
{
    private const int Lanes = ILanes<ushort>.Count;

    private static Vector512<ushort> Turns => (Vector512.CreateSequence<uint>(2 * Lanes, 1) << 16 | Vector512<uint>.Indices).AsUInt16();

    /// <summary>Sixteen columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Of(Vector256<ushort> first, Vector256<ushort> second) =>
        Avx512BW.PermuteVar32x16x2(first.ToVector512Unsafe(), Turns, second.ToVector512Unsafe()).AsUInt32();
}
